extension ModelManifest.Standardisation {
    /// Writes interleaved bytes as planar floats, standardised.
    /// - Parameters:
    ///   - planes: three of the picture's size.
    ///   - reversed: the planes in the opposite order of the picture's colors.
    package func write(
        _ pixels: [UInt8], into planes: UnsafeMutableBufferPointer<Float>, reversed: Bool = false
    ) {
        guard !pixels.isEmpty, planes.count >= pixels.count else { return }
        let means: [Float]
        let scale: Float
        switch self {
        case .none: (means, scale) = ([0, 0, 0], 1)
        case .fixed(let mean, let factor): (means, scale) = (mean.map { Float($0) }, Float(factor))
        case .perImage:
            let (mean, factor) = Self.perImage(pixels)
            (means, scale) = ([mean, mean, mean], factor)
        }
        let plane = pixels.count / 3
        for channel in 0..<3 {
            let (source, mean) = (reversed ? 2 - channel : channel, means[channel])
            for pixel in 0..<plane {
                planes[channel * plane + pixel] = (Float(pixels[3 * pixel + source]) - mean) * scale
            }
        }
    }

    /// Mean, and 1 / max(deviation, 1/√n), over all samples of the picture, as in FaceNet's `prewhiten`.
    private static func perImage(_ pixels: [UInt8]) -> (mean: Float, scale: Float) {
        var sum = 0
        var squares = 0
        for pixel in pixels {
            sum += Int(pixel)
            squares += Int(pixel) * Int(pixel)
        }
        let count = Double(pixels.count)
        let mean = Double(sum) / count
        let deviation = max(0, Double(squares) / count - mean * mean).squareRoot()
        return (Float(mean), Float(1 / max(deviation, 1 / count.squareRoot())))
    }
}
