import OpenCVBridge
import VisageCore

/// A frame scaled down and turned into color once, for a detector that looks at many parts of it: interleaved red,
/// green, blue.
package struct ScaledPicture {
    package let width: Int
    package let height: Int
    private let pixels: [UInt8]

    /// - Throws: `VisageError` (engine).
    package init(_ image: PixelBuffer, width: Int, height: Int, scaler: Scaler) throws {
        self.width = width
        self.height = height
        // libswscale's vector code may write a little past the last row.
        var pixels = [UInt8](repeating: 0, count: width * height * 3 + 64)
        try pixels.withUnsafeMutableBufferPointer { pixels in
            guard let base = pixels.baseAddress else { return }
            try scaler.convert(image, to: .rgb, width: width, height: height, out: base, stride: width * 3)
        }
        self.pixels = pixels
    }

    /// Resizes a part, which may reach beyond the picture (black there), and writes it as interleaved floats:
    /// (sample - mean) x scale.
    /// - Parameter floats: of `width` x `height` x 3.
    /// - Throws: `VisageError` (engine) if the part lies outside the picture.
    package func write(
        x: Int, y: Int, partWidth: Int, partHeight: Int, mean: Float, scale: Float,
        into floats: UnsafeMutableBufferPointer<Float>, width: Int, height: Int
    ) throws {
        guard floats.count >= width * height * 3, partWidth > 0, partHeight > 0 else {
            throw VisageError(.engine, "A part of a picture has no size")
        }
        try bridgeCall(.engine, "A part of a picture could not be cut out") { error in
            vb_cut_floats(
                pixels, Int32(self.width), Int32(self.height), self.width * 3, Int32(x), Int32(y), Int32(partWidth),
                Int32(partHeight), mean, scale, floats.baseAddress, Int32(width), Int32(height), error)
        }
    }
}
