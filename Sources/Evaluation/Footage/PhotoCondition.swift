import Foundation
import Imaging
import VisageCore

/// Degrades a photo as a camera might: out of focus, too dark or too bright, compressed.
struct PhotoCondition: Sendable {
    /// Factor of the luma above black.
    let gain: Double
    /// Factor by which the picture is scaled down and up again.
    let blur: Double
    /// JPEG quality with which the picture is compressed.
    let quality: Int

    /// Drawn at random: half of the seeds give a blurred picture, and half a dark or bright one.
    init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        gain = [1, 1, 1, 0.6, 0.35, 1.4].randomElement(using: &random) ?? 1
        blur = [1, 1, 1.5, 2].randomElement(using: &random) ?? 1
        quality = [30, 50, 70, 90].randomElement(using: &random) ?? 70
    }

    /// - Parameter scale: size of the result relative to `picture`.
    /// - Throws: `VisageError` (engine).
    func degrade(_ picture: PixelBuffer, scale: Double, _ scaler: Scaler) throws -> PixelBuffer {
        func even(_ length: Int, _ factor: Double) -> Int { max(8, Int(Double(length) * factor / 2) * 2) }
        let (width, height) = (even(picture.width, scale), even(picture.height, scale))
        var result = try scaler.scaled(
            picture, width: even(picture.width, scale / blur), height: even(picture.height, scale / blur))
        if blur > 1 { result = try scaler.scaled(result, width: width, height: height) }
        if gain != 1 { result = brightened(result) }
        return try Photo.decode(Data(try Photo.encode(result, as: .jpeg, quality: quality, scaler: scaler)))
    }

    private func brightened(_ picture: PixelBuffer) -> PixelBuffer {
        let copy = picture.copy()
        for row in 0..<copy.luma.height {
            let line = copy.luma.base + row * copy.luma.stride
            for column in 0..<copy.luma.width {
                line[column] = UInt8(min(235, max(16, 16 + (Double(line[column]) - 16) * gain)))
            }
        }
        return copy
    }
}
