import Foundation
import Imaging
import VisageCore

/// What a camera makes of a face: out of focus, in the dark or against the light, compressed.
struct PhotoCondition: Sendable {
    /// Luma above black is multiplied by it.
    let gain: Double
    /// The picture is scaled down by it and up again.
    let blur: Double
    /// Of the JPEG through which the picture goes.
    let quality: Int

    /// Half of the passages are blurred, and half dark or bright.
    init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        gain = [1, 1, 1, 0.6, 0.35, 1.4].randomElement(using: &random) ?? 1
        blur = [1, 1, 1.5, 2].randomElement(using: &random) ?? 1
        quality = [30, 50, 70, 90].randomElement(using: &random) ?? 70
    }

    /// - Parameter scale: of the result against the picture.
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
