// Imaging turns pixels into other pixels: scaling, color, crops, photos, labels, JPEG. It knows nothing of
// faces beyond a square to cut out, and nothing of time.

import CFFmpeg
import Synchronization
import VisageCore

/// Scales and converts between planar YUV and interleaved RGB with libswscale. Safe to call from several threads:
/// each call takes a context of its own, and contexts are kept for the next call of the same kind.
public final class Scaler: Sendable {
    /// The order of interleaved 8-bit color samples.
    public enum ColorOrder: Sendable {
        case rgb
        case bgr

        var format: AVPixelFormat { self == .rgb ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_BGR24 }
    }

    private struct Key: Hashable {
        let sourceWidth: Int
        let sourceHeight: Int
        let width: Int
        let height: Int
        let format: Int32
        let matrix: PixelBuffer.Matrix
    }

    private struct Context: Sendable {
        let key: Key
        // Safe: a context is either in the pool or in the one call that took it.
        nonisolated(unsafe) let pointer: OpaquePointer
    }

    private let idle = Mutex<[Context]>([])
    /// Crops come in every size: a few are kept, the longest unused goes first.
    private let limit = 8

    public init() {}

    deinit { for context in idle.withLock({ $0 }) { sws_freeContext(context.pointer) } }

    /// Scales `region` of `image` (its origin even, in luma samples) into `width` x `height` interleaved pixels
    /// at `out`, rows `stride` bytes apart.
    /// - Throws: `VisageError` (engine) if libswscale refuses.
    public func convert(
        _ image: PixelBuffer, region: (x: Int, y: Int, width: Int, height: Int)? = nil, to order: ColorOrder,
        width: Int, height: Int, out: UnsafeMutablePointer<UInt8>, stride: Int
    ) throws {
        let region = region ?? (0, 0, image.width, image.height)
        let luma = image.luma.base + region.y * image.luma.stride + region.x
        let cb = image.cb.base + region.y / 2 * image.cb.stride + region.x / 2
        let cr = image.cr.base + region.y / 2 * image.cr.stride + region.x / 2
        let key = Key(
            sourceWidth: region.width, sourceHeight: region.height,
            width: width, height: height, format: order.format.rawValue, matrix: image.matrix)
        try scale(
            key, source: [UnsafePointer(luma), UnsafePointer(cb), UnsafePointer(cr)],
            sourceStrides: [image.luma.stride, image.cb.stride, image.cr.stride], out: [out], strides: [stride])
    }

    /// The picture in another size.
    /// - Throws: `VisageError` (engine) if libswscale refuses.
    public func scaled(_ image: PixelBuffer, width: Int, height: Int) throws -> PixelBuffer {
        let result = PixelBufferPool(width: width, height: height).make(matrix: image.matrix)
        let key = Key(
            sourceWidth: image.width, sourceHeight: image.height, width: width, height: height,
            format: AV_PIX_FMT_YUV420P.rawValue, matrix: image.matrix)
        try scale(
            key, source: image.planes.map { UnsafePointer($0.base) }, sourceStrides: image.planes.map(\.stride),
            out: result.planes.map(\.base), strides: result.planes.map(\.stride))
        return result
    }

    /// Fills the planes of a picture of `width` x `height` for JPEG: planar 4:2:0 with luma 0...255. JPEG knows one matrix
    /// only; the slight change of hue of BT.709 pictures is left as it is.
    func stretch(
        _ image: PixelBuffer, width: Int, height: Int, out: [UnsafeMutablePointer<UInt8>?], strides: [Int]
    ) throws {
        let key = Key(
            sourceWidth: image.width, sourceHeight: image.height,
            width: width, height: height, format: AV_PIX_FMT_YUVJ420P.rawValue, matrix: image.matrix)
        try scale(
            key, source: image.planes.map { UnsafePointer($0.base) }, sourceStrides: image.planes.map(\.stride),
            out: out, strides: strides)
    }

    private func scale(
        _ key: Key, source: [UnsafePointer<UInt8>?], sourceStrides: [Int], out: [UnsafeMutablePointer<UInt8>?],
        strides: [Int]
    ) throws {
        let context = try take(key)
        defer { give(back: context) }
        // libswscale reads four entries of each.
        let missing = 4 - source.count
        let missingOut = 4 - out.count
        let rows = sws_scale(
            context.pointer, source + Array(repeating: nil, count: missing),
            sourceStrides.map(Int32.init) + Array(repeating: 0, count: missing), 0, Int32(key.sourceHeight),
            out + Array(repeating: nil, count: missingOut),
            strides.map(Int32.init) + Array(repeating: 0, count: missingOut))
        guard rows == key.height else { throw VisageError(.engine, "A picture could not be scaled") }
    }

    private func take(_ key: Key) throws -> Context {
        let pooled = idle.withLock { idle in
            idle.firstIndex { $0.key == key }.map { idle.remove(at: $0) }
        }
        if let pooled { return pooled }
        guard
            let pointer = sws_getContext(
                Int32(key.sourceWidth), Int32(key.sourceHeight), AV_PIX_FMT_YUV420P,
                Int32(key.width), Int32(key.height), AVPixelFormat(rawValue: key.format),
                SWS_BILINEAR | SWS_ACCURATE_RND, nil, nil, nil)
        else {
            throw VisageError(
                .engine,
                "Cannot scale a picture of \(key.sourceWidth)x\(key.sourceHeight) to \(key.width)x\(key.height)")
        }
        let coefficients = sws_getCoefficients(key.matrix == .bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601)
        // Pictures have limited range, and so has what they are scaled to as pictures; all else has full range.
        sws_setColorspaceDetails(
            pointer, coefficients, 0, coefficients, key.format == AV_PIX_FMT_YUV420P.rawValue ? 0 : 1, 0, 1 << 16,
            1 << 16)
        return Context(key: key, pointer: pointer)
    }

    private func give(back context: Context) {
        let evicted: Context? = idle.withLock { idle in
            idle.append(context)
            return idle.count > limit ? idle.removeFirst() : nil
        }
        if let evicted { sws_freeContext(evicted.pointer) }
    }
}
