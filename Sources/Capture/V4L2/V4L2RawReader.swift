import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// Uncompressed pictures. What leaves it is always a copy: the device writes over its own memory again.
final class V4L2RawReader: V4L2Reader {
    private let mode: V4L2Mode
    /// Points into the device's memory while `read` runs.
    private let picture: Picture
    private let pool: PixelBufferPool
    private let slots: PictureSlots?
    private var converter: PictureConverter
    /// A copy of the device's memory with room behind it.
    private var padded: [UInt8] = []
    /// How far libswscale may read beyond the end of a picture whose width is no multiple of it: one of a single column was
    /// seen to. Behind the device's memory there may be nothing that can be read.
    private static let overread = 64

    /// - Throws: `VisageError.source` for a mode whose pictures are larger than accepted: drivers give whatever numbers of 32
    ///   bits they like. `.engine` when memory is short.
    init(_ mode: V4L2Mode, slots: PictureSlots?) throws {
        guard 1...CaptureLimits.maxPixels ~= mode.size.width,
            1...CaptureLimits.maxPixels / mode.size.width ~= mode.size.height, mode.stride <= Int32.max
        else { throw CaptureLimits.tooLarge }
        guard let picture = Picture() else {
            throw VisageError(.engine, "There is no memory left to read pictures.")
        }
        self.mode = mode
        self.picture = picture
        self.slots = slots
        converter = PictureConverter(make: slots?.make)
        pool = PixelBufferPool(width: mode.size.width, height: mode.size.height)
        let frame = picture.frame
        (frame.pointee.width, frame.pointee.height) = (Int32(mode.size.width), Int32(mode.size.height))
        frame.pointee.format = mode.pixelFormat.rawValue
        frame.pointee.color_range = mode.isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        frame.pointee.colorspace = mode.isBT709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
    }

    func read(_ bytes: UnsafeRawBufferPointer, release: () throws -> Void) throws -> PixelBuffer? {
        let image = try needsPadding(bytes) ? paddedCopy(bytes) : point(to: bytes) ? copy() : nil
        try release()
        return image
    }

    private func needsPadding(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let spare = bytes.count - mode.minBytes
        return mode.size.width % Self.overread != 0 && 0..<Self.overread ~= spare
    }

    private func paddedCopy(_ bytes: UnsafeRawBufferPointer) throws -> PixelBuffer? {
        let count = bytes.count + Self.overread
        if padded.count != count { padded = [UInt8](repeating: 0, count: count) }
        return try padded.withUnsafeMutableBytes { padded in
            padded.copyMemory(from: bytes)
            return try point(to: UnsafeRawBufferPointer(padded)) ? copy() : nil
        }
    }

    func lost() {}

    private func copy() throws -> PixelBuffer {
        guard let flat = picture.wrapped() else { return try converter.buffer(picture, orientation: .upright) }
        let copy =
            slots?.make(width: flat.width, height: flat.height, matrix: flat.matrix) ?? pool.make(matrix: flat.matrix)
        for (source, target) in zip(flat.planes, copy.planes) {
            for row in 0..<target.height {
                memcpy(target.base + row * target.stride, source.base + row * source.stride, target.width)
            }
        }
        return copy
    }

    /// - Returns: false if there is less than a picture.
    private func point(to bytes: UnsafeRawBufferPointer) -> Bool {
        let offsets = mode.planeOffsets
        guard bytes.count >= mode.minBytes, let base = bytes.baseAddress else { return false }
        // Only read from: FFmpeg's frames know no constant data.
        let start = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: UInt8.self)
        let frame = picture.frame
        let (stride, half) = (Int32(mode.stride), Int32(mode.stride / 2))
        frame.pointee.data.0 = start
        frame.pointee.data.1 = offsets.count > 0 ? start + offsets[0] : nil
        frame.pointee.data.2 = offsets.count > 1 ? start + offsets[1] : nil
        frame.pointee.linesize.0 = stride
        frame.pointee.linesize.1 = offsets.isEmpty ? 0 : offsets.count > 1 ? half : stride
        frame.pointee.linesize.2 = offsets.count > 1 ? half : 0
        return true
    }
}

extension V4L2Mode {
    fileprivate var pixelFormat: AVPixelFormat {
        switch format {
        case .yu12: AV_PIX_FMT_YUV420P
        case .nv12: AV_PIX_FMT_NV12
        default: AV_PIX_FMT_YUYV422
        }
    }

    /// Where the planes after the first begin.
    fileprivate var planeOffsets: [Int] {
        let luma = stride * size.height
        switch format {
        case .yu12: return [luma, luma + stride / 2 * PixelBuffer.chroma(size.height)]
        case .nv12: return [luma]
        default: return []
        }
    }

    /// What a whole picture has; the padding of its last row may be missing.
    fileprivate var minBytes: Int {
        let rows = PixelBuffer.chroma(size.height)
        switch format {
        case .yu12:
            return stride * size.height + stride / 2 * (2 * rows - 1) + PixelBuffer.chroma(size.width)
        case .nv12: return stride * (size.height + rows - 1) + 2 * PixelBuffer.chroma(size.width)
        default: return stride * (size.height - 1) + 2 * size.width
        }
    }
}
