import CFFmpeg
import VisageCore

/// Converts decoded pictures of any size and format to the pixel format of the pipeline, with at most one copy
/// (two if it must be both converted and turned).
package struct PictureConverter {
    private var scaler: PictureScaler?
    private var pool: PixelBufferPool?
    private var turned: PixelBufferPool?
    /// Makes the pictures that leave it; nil for memory of its own.
    private let make: Maker?

    /// - Returns: a picture of undefined contents; nil if there is no room for it.
    package typealias Maker = (_ width: Int, _ height: Int, _ matrix: PixelBuffer.Matrix) -> PixelBuffer?

    /// - Parameter make: makes the pictures that leave it; where it returns nil, memory of the converter's own is used
    package init(make: Maker? = nil) { self.make = make }

    /// The picture in planar 4:2:0, limited range, upright.
    /// - Throws: `VisageError.source` if its format cannot be converted.
    package mutating func buffer(_ picture: Picture, orientation: Orientation) throws -> PixelBuffer {
        let flat = try picture.wrapped() ?? convert(picture, isFinal: orientation.isUpright)
        guard !orientation.isUpright else { return flat }
        let (width, height) =
            orientation.isSideways ? (flat.height, flat.width) : (flat.width, flat.height)
        let result =
            make?(width, height, flat.matrix)
            ?? PictureConverter.pool(&turned, width, height).make(matrix: flat.matrix)
        for (source, target) in zip(flat.planes, result.planes) { orientation.turn(source, into: target) }
        return result
    }

    private mutating func convert(_ picture: Picture, isFinal: Bool) throws -> PixelBuffer {
        let kind = PictureScaler.Kind(picture)
        let scaler: PictureScaler
        if let known = self.scaler, known.kind == kind {
            scaler = known
        } else {
            scaler = try PictureScaler(kind)
            self.scaler = scaler
        }
        let result =
            (isFinal ? make?(kind.width, kind.height, kind.matrix) : nil)
            ?? PictureConverter.pool(&pool, kind.width, kind.height).make(matrix: kind.matrix)
        scaler.convert(picture, into: result)
        return result
    }

    /// The pool in `pool`, or a new one if that is of another size.
    private static func pool(_ pool: inout PixelBufferPool?, _ width: Int, _ height: Int) -> PixelBufferPool {
        if let pool, pool.width == width, pool.height == height { return pool }
        let fresh = PixelBufferPool(width: width, height: height)
        pool = fresh
        return fresh
    }
}
