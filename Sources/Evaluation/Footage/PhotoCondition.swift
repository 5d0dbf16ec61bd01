import Foundation
import Imaging
import VisageCore

/// Degrades a photo as a camera might: out of focus, too dark or too bright, compressed.
struct PhotoCondition: Sendable {
    /// Factor of the light: of luma above black, and of the distance of chroma from gray.
    let gain: Double
    /// Factor by which the picture is scaled down and up again.
    let blur: Double
    /// Quality, as `Photo.encode` counts, of the JPEG through which every frame goes: about 40, 55, 70 and 78 on the scale of
    /// libjpeg.
    let quality: Int

    /// Drawn at random: half of the seeds give a blurred picture, and half a dark or bright one.
    init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        gain = [1, 1, 1, 0.6, 0.35, 1.4].randomElement(using: &random) ?? 1
        blur = [1, 1, 1.5, 2].randomElement(using: &random) ?? 1
        quality = [75, 85, 90, 95].randomElement(using: &random) ?? 85
    }

    /// Scales a picture, out of focus and in this light.
    /// - Parameter scale: size of the result relative to `picture`.
    /// - Throws: `VisageError` (engine).
    func exposed(_ picture: PixelBuffer, scale: Double, _ scaler: Scaler) throws -> PixelBuffer {
        func even(_ length: Int, _ factor: Double) -> Int { max(8, Int(Double(length) * factor / 2) * 2) }
        let (width, height) = (even(picture.width, scale), even(picture.height, scale))
        var result = try scaler.scaled(
            picture, width: even(picture.width, scale / blur), height: even(picture.height, scale / blur))
        if blur > 1 { result = try scaler.scaled(result, width: width, height: height) }
        return gain == 1 ? result : brightened(result)
    }

    /// Compresses a picture and decodes it again.
    /// - Throws: `VisageError` (engine).
    func recompressed(_ picture: PixelBuffer, _ scaler: Scaler) throws -> PixelBuffer {
        try Photo.decode(Data(try Photo.encode(picture, as: .jpeg, quality: quality, scaler: scaler)))
    }

    private func brightened(_ picture: PixelBuffer) -> PixelBuffer {
        let copy = picture.copy()
        for row in 0..<copy.luma.height {
            let line = copy.luma.base + row * copy.luma.stride
            for column in 0..<copy.luma.width {
                line[column] = UInt8(min(235, max(16, 16 + (Double(line[column]) - 16) * gain)))
            }
        }
        for plane in [copy.cb, copy.cr] {
            for row in 0..<plane.height {
                let line = plane.base + row * plane.stride
                for column in 0..<plane.width {
                    line[column] = UInt8(min(240, max(16, 128 + (Double(line[column]) - 128) * gain)))
                }
            }
        }
        return copy
    }
}
