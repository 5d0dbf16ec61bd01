import CFFmpeg
import VisageCore

/// A decoded picture: owns an `AVFrame`.
///
/// Safe to share: only the decoder that filled it writes it, before anybody else has it; after that it is read, and
/// freed once by whoever holds it last. The buffers inside count their references atomically.
package final class Picture: @unchecked Sendable {
    package let frame: UnsafeMutablePointer<AVFrame>

    /// nil when memory is short.
    package init?() {
        guard let frame = av_frame_alloc() else { return nil }
        self.frame = frame
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
    }

    package var width: Int { Int(frame.pointee.width) }
    package var height: Int { Int(frame.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(rawValue: frame.pointee.format) }

    /// Whether data of it was lost or damaged, so that the decoder has filled in parts of the picture.
    package var isDamaged: Bool {
        frame.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || frame.pointee.decode_error_flags != 0
    }

    /// Luma 0...255 instead of 16...235.
    var isFullRange: Bool {
        switch format {
        case AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P,
            AV_PIX_FMT_YUVJ411P:
            true
        // Gray pictures are so unless they say otherwise; that is how FFmpeg sees it.
        case AV_PIX_FMT_GRAY8: frame.pointee.color_range != AVCOL_RANGE_MPEG
        default: frame.pointee.color_range == AVCOL_RANGE_JPEG
        }
    }

    /// The matrix that a `PixelBuffer` of this picture has: its own where that is one of the two, else the usual one
    /// for its height.
    var matrix: PixelBuffer.Matrix {
        switch frame.pointee.colorspace {
        case AVCOL_SPC_BT709: .bt709
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC: .bt601
        default: height >= 720 ? .bt709 : .bt601
        }
    }

    /// Its orientation, one of eight, if its side data has one.
    package var orientation: Orientation? {
        guard let side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX) else { return nil }
        return Orientation(sideData: side.pointee.data, size: side.pointee.size)
    }

    /// The picture as it is, nothing copied; nil unless it is planar 4:2:0, 8 bit, limited range, in a matrix that
    /// `PixelBuffer` knows.
    package func wrapped() -> PixelBuffer? {
        let data = frame.pointee.data
        let strides = frame.pointee.linesize
        guard format == AV_PIX_FMT_YUV420P, !isFullRange, width > 0, height > 0, hasKnownMatrix,
            let luma = data.0, let cb = data.1, let cr = data.2,
            // Negative strides are pictures stored upside down.
            strides.0 > 0, strides.1 > 0, strides.2 > 0
        else { return nil }
        let chromaWidth = PixelBuffer.chroma(width)
        let chromaHeight = PixelBuffer.chroma(height)
        return PixelBuffer(
            luma: Plane(base: luma, stride: Int(strides.0), width: width, height: height),
            cb: Plane(base: cb, stride: Int(strides.1), width: chromaWidth, height: chromaHeight),
            cr: Plane(base: cr, stride: Int(strides.2), width: chromaWidth, height: chromaHeight),
            matrix: matrix
        ) { withExtendedLifetime(self) {} }
    }

    private var hasKnownMatrix: Bool {
        switch frame.pointee.colorspace {
        case AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709, AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC:
            true
        default: false
        }
    }
}

extension Orientation {
    /// From a display matrix as it lies in FFmpeg's side data.
    package init?(sideData: UnsafeMutablePointer<UInt8>?, size: Int) {
        guard let sideData, size >= 9 * MemoryLayout<Int32>.size else { return nil }
        let raw = UnsafeRawPointer(sideData)
        self.init(displayMatrix: (0..<9).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) })
    }
}
