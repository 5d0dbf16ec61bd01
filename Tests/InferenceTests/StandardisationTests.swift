import Foundation
import Inference
import TestSupport
import Testing

@Suite struct StandardisationTests {
    private func standardised(_ pixels: [UInt8]) -> [Float] {
        var planes = [Float](repeating: .nan, count: pixels.count)
        planes.withUnsafeMutableBufferPointer { ModelManifest.Standardisation.perImage.write(pixels, into: $0) }
        return planes
    }

    @Test func isTheDistanceFromTheMeanInDeviations() {
        var random = SeededRandom(4)
        let pixels = (0..<24 * 24 * 3).map { _ in UInt8.random(in: 30...200, using: &random) }
        let values = pixels.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
            .squareRoot()
        let planes = standardised(pixels)
        for pixel in 0..<24 * 24 {
            for channel in 0..<3 {
                let expected = (values[3 * pixel + channel] - mean) / deviation
                #expect(abs(Double(planes[channel * 24 * 24 + pixel]) - expected) < 1e-4)
            }
        }
    }

    /// As FaceNet's `prewhiten`: the deviation is taken as at least 1/√n.
    @Test func aFlatPictureBecomesZeros() {
        #expect(standardised([UInt8](repeating: 77, count: 300)).allSatisfy { $0 == 0 })
    }

    @Test func nearlyFlatPicturesAreNotBlownUp() {
        var pixels = [UInt8](repeating: 77, count: 30_000)
        pixels[0] = 78
        // Deviation 1/√n here exactly, or the floor: the one sample lies √n away from the mean.
        let planes = standardised(pixels)
        #expect(abs(planes[0] - Float(30_000).squareRoot()) < 0.1)
    }

    @Test func brightnessAndContrastDoNotMatter() {
        var random = SeededRandom(8)
        let dark = (0..<3 * 100).map { _ in UInt8.random(in: 10...70, using: &random) }
        let bright = dark.map { $0 * 3 + 20 }
        for (one, other) in zip(standardised(dark), standardised(bright)) { #expect(abs(one - other) < 1e-4) }
    }
}
