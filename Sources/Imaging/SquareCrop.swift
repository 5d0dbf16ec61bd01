import Foundation
import OpenCVBridge
import VisageCore

/// A square cut out of a frame and resized: interleaved red, green, blue.
public struct SquareCrop: Sendable {
    /// `side` x `side` x 3 samples.
    public let pixels: [UInt8]
    public let side: Int
    /// Variance of the Laplacian of the gray crop: fine detail, after resizing.
    public let sharpness: Double

    /// Cuts a square out and turns it upright. Where it reaches beyond the frame the frame's edge is repeated. Only
    /// what is around the square is converted to color, never the frame.
    /// - Parameter side: of the result, in pixels
    /// - Throws: `VisageError` (engine) if the square lies outside the frame.
    public init(_ square: FaceSquare, of image: PixelBuffer, side: Int, scaler: Scaler) throws {
        // One that leans needs what is around it, and a pixel more for what lies between pixels.
        let reach = square.angle == 0 ? 1 : abs(cos(square.angle)) + abs(sin(square.angle))
        let longer = (square.side * reach).rounded() + (square.angle == 0 ? 0 : 2)
        // Compared before they become integers: neither NaN nor what no integer holds passes.
        let limit = 8 * Double(max(image.width, image.height))
        guard square.side.rounded() >= 1, longer <= limit, abs(square.center.x) <= limit, abs(square.center.y) <= limit
        else { throw VisageError(.engine, "A face's box has no usable size or place") }
        let length = Int(longer)
        let left = Int((square.center.x - longer / 2).rounded())
        let top = Int((square.center.y - longer / 2).rounded())
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
        var within = vb_square(
            x: Int32(left - x), y: Int32(top - y), side: Int32(length), center_x: square.center.x - Double(x),
            center_y: square.center.y - Double(y), length: square.side, angle: square.angle)
        try region.withUnsafeMutableBufferPointer { region in
            guard let base = region.baseAddress else { return }
            try scaler.convert(
                image, region: (x, y, width, height), to: .rgb, width: width, height: height, out: base,
                stride: stride)
            try bridgeCall(.engine, "A face could not be cut out") { error in
                vb_crop_square(
                    base, Int32(width), Int32(height), stride, &within, &pixels, Int32(side), &sharpness, error)
            }
        }
        self.pixels = pixels
        self.side = side
        self.sharpness = sharpness
    }
}
