import OpenCVBridge
import VisageCore

/// A square cut out of a frame and resized: interleaved red, green, blue.
public struct SquareCrop: Sendable {
    /// `side` x `side` x 3 samples.
    public let pixels: [UInt8]
    public let side: Int
    /// Variance of the Laplacian of the grey crop: fine detail, after resizing.
    public let sharpness: Double

    /// Cuts the square that has the box's centre and its longer side. Where it reaches beyond the frame the
    /// frame's edge is repeated. Only the square is converted to colour, never the frame.
    /// - Parameter angle: radians, clockwise as one looks at the picture, that the square is turned back by.
    /// - Throws: `VisageError` (engine) if the box lies outside the frame.
    public init(
        _ box: BoundingBox, of image: PixelBuffer, side: Int, turnedBy angle: Double = 0, scaler: Scaler
    ) throws {
        // A turned square needs what is around it.
        let longer = (max(box.width, box.height) * (angle == 0 ? 1 : 2.0.squareRoot())).rounded()
        // Compared before they become integers: neither NaN nor what no integer holds passes.
        let limit = 8 * Double(max(image.width, image.height))
        guard longer >= 1, longer <= limit, abs(box.centre.x) <= limit, abs(box.centre.y) <= limit else {
            throw VisageError(.engine, "A face's box has no usable size or place")
        }
        let length = Int(longer)
        let left = Int((box.centre.x - Double(length) / 2).rounded())
        let top = Int((box.centre.y - Double(length) / 2).rounded())
        // Chroma samples cover two luma samples each way: convert from an even corner.
        let x = max(0, left) & ~1
        let y = max(0, top) & ~1
        let width = min(image.width, left + length) - x
        let height = min(image.height, top + length) - y
        guard width >= 1, height >= 1 else { throw VisageError(.engine, "A face's box lies outside the frame") }

        let stride = (width * 3 + 63) / 64 * 64
        // libswscale's vector code may write a little past the last row.
        var region = [UInt8](repeating: 0, count: stride * height + 64)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var sharpness = 0.0
        try region.withUnsafeMutableBufferPointer { region in
            guard let base = region.baseAddress else { return }
            try scaler.convert(
                image, region: (x, y, width, height), to: .rgb, width: width, height: height, out: base,
                stride: stride)
            try bridgeCall(.engine, "A face could not be cut out") { error in
                vb_crop_square(
                    base, Int32(width), Int32(height), stride, Int32(left - x), Int32(top - y), Int32(length),
                    angle, &pixels, Int32(side), &sharpness, error)
            }
        }
        self.pixels = pixels
        self.side = side
        self.sharpness = sharpness
    }
}
