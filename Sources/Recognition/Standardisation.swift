/// How pixel values become network inputs.
package enum Standardisation {
    /// (x - mean) / max(deviation, 1/√n) over all samples of the picture, as FaceNet's `prewhiten` does; from
    /// interleaved bytes to planar floats.
    package static func perImage(_ pixels: [UInt8], into planes: UnsafeMutableBufferPointer<Float>) {
        guard !pixels.isEmpty, planes.count >= pixels.count else { return }
        var sum = 0
        var squares = 0
        for pixel in pixels {
            sum += Int(pixel)
            squares += Int(pixel) * Int(pixel)
        }
        let count = Double(pixels.count)
        let mean = Double(sum) / count
        let deviation = max(0, Double(squares) / count - mean * mean).squareRoot()
        let scale = Float(1 / max(deviation, 1 / count.squareRoot()))
        let offset = Float(mean)
        let plane = pixels.count / 3
        for pixel in 0..<plane {
            for channel in 0..<3 {
                planes[channel * plane + pixel] = (Float(pixels[3 * pixel + channel]) - offset) * scale
            }
        }
    }
}
