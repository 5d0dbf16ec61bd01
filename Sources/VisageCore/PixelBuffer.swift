import Foundation

/// One plane of 8-bit samples: `height` rows of `width` samples, rows `stride` bytes apart.
public struct Plane: Sendable {
    // Safe: the memory lives as long as the PixelBuffer that hands the plane out, and is written only by
    // the one who made that buffer, before anybody else has seen it.
    nonisolated(unsafe) public let base: UnsafeMutablePointer<UInt8>
    public let stride: Int
    public let width: Int
    public let height: Int

    public init(base: UnsafeMutablePointer<UInt8>, stride: Int, width: Int, height: Int) {
        self.base = base
        self.stride = stride
        self.width = width
        self.height = height
    }
}

/// A picture in planar YUV 4:2:0, 8 bit, limited range (luma 16...235): the one form that pictures have from
/// capture to encoder. Chroma planes measure half the size, rounded up.
///
/// A buffer is written only while its maker alone holds it and is read-only from then on.
public final class PixelBuffer: Sendable {
    /// How YUV turns into RGB.
    public enum Matrix: Sendable {
        /// ITU-R BT.601: standard definition, and photos.
        case bt601
        /// ITU-R BT.709: high definition.
        case bt709
    }

    public let width: Int
    public let height: Int
    public let matrix: Matrix
    public let luma: Plane
    public let cb: Plane
    public let cr: Plane
    private let release: @Sendable () -> Void

    /// Wraps memory that somebody else made; `release` is called once when the last reader is gone.
    public init(
        luma: Plane, cb: Plane, cr: Plane, matrix: Matrix, release: @escaping @Sendable () -> Void
    ) {
        width = luma.width
        height = luma.height
        self.luma = luma
        self.cb = cb
        self.cr = cr
        self.matrix = matrix
        self.release = release
    }

    deinit { release() }

    public var planes: [Plane] { [luma, cb, cr] }

    /// The number of chroma samples that cover `length` luma samples.
    public static func chroma(_ length: Int) -> Int { (length + 1) / 2 }
}

extension PixelBuffer {
    /// The part of the picture within `box`, widened to even corners, nothing copied; nil if they have nothing in
    /// common.
    public func part(_ box: BoundingBox) -> PixelBuffer? {
        let inside = box.clipped(width: width, height: height)
        // Chroma samples cover two luma samples each way.
        let left = Int(inside.x) & ~1
        let top = Int(inside.y) & ~1
        let right = min(width, (Int((inside.x + inside.width).rounded(.up)) + 1) & ~1)
        let bottom = min(height, (Int((inside.y + inside.height).rounded(.up)) + 1) & ~1)
        guard inside.area > 0, right > left, bottom > top else { return nil }
        func cut(_ plane: Plane, _ left: Int, _ top: Int, _ right: Int, _ bottom: Int) -> Plane {
            Plane(
                base: plane.base + top * plane.stride + left, stride: plane.stride, width: right - left,
                height: bottom - top)
        }
        let chroma = { (plane: Plane) in cut(plane, left / 2, top / 2, Self.chroma(right), Self.chroma(bottom)) }
        return PixelBuffer(
            luma: cut(luma, left, top, right, bottom), cb: chroma(cb), cr: chroma(cr), matrix: matrix
        ) { withExtendedLifetime(self) {} }
    }

    /// The same picture in memory of its own: what a part of it is kept for must not keep the whole.
    public func copy() -> PixelBuffer {
        let copy = PixelBufferPool(width: width, height: height).make(matrix: matrix)
        for (from, to) in zip(planes, copy.planes) {
            for row in 0..<from.height {
                (to.base + row * to.stride).update(from: from.base + row * from.stride, count: from.width)
            }
        }
        return copy
    }

    /// Bytes of its samples.
    public var byteCount: Int { planes.reduce(0) { $0 + $1.width * $1.height } }
}
