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
