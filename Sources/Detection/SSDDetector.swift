import Imaging
import Inference
import VisageCore

/// OpenCV's sample SSD on a small ResNet. Frames of any shape are scaled to 300 x 300 pixels, as in its training, so
/// faces of less than a tenth of the frame are not detected. Its boxes come with scores and without landmarks;
/// overlapping boxes are suppressed within the network.
final class SSDDetector: SteppedDetector {
    private let network: any Network
    private let input: ModelManifest.Input
    private let minimumScore: Double
    private let scaler = Scaler()

    /// - Throws: `VisageError` (model) if the network cannot be loaded.
    init(_ model: Model, engine: any InferenceEngine, options: DetectorOptions) throws {
        input = model.entry.input
        minimumScore = options.minimumScore ?? DetectorKind.ssd.scores.weak
        network = try engine.load(
            model, input: NetworkInput(width: input.width, height: input.height, layout: .planarFloats),
            outputs: model.entry.outputs.map(\.name))
    }

    func detect(in image: PixelBuffer) throws -> [Face] {
        let pixels = try ProcessorMeter.scaling.timed { try scaled(image) }
        let outputs = try network.run { input.standardisation.write(pixels, into: $0.bindMemory(to: Float.self)) }
        // Seven numbers a box: image, class, score, left, top, right and bottom edge as fractions of the frame.
        let numbers = outputs.first ?? []
        let faces = stride(from: 0, to: numbers.count - 6, by: 7).compactMap { start -> Face? in
            let values = numbers[start..<start + 7].map { Double($0) }
            guard values.allSatisfy({ $0.isFinite }), values[2] >= minimumScore, values[5] > values[3],
                values[6] > values[4]
            else { return nil }
            let (width, height) = (Double(image.width), Double(image.height))
            let box = BoundingBox(
                x: values[3] * width, y: values[4] * height, width: (values[5] - values[3]) * width,
                height: (values[6] - values[4]) * height)
            // Boxes outside the frame are false detections.
            guard box.clipped(width: image.width, height: image.height).area > 0 else { return nil }
            return Face(box: box, landmarks: nil, score: min(1, values[2]))
        }
        return faces.sorted { $0.score > $1.score }
    }

    func scale(_ image: PixelBuffer) throws { _ = try scaled(image) }

    /// The frame in the input's size: interleaved blue, green, red.
    private func scaled(_ image: PixelBuffer) throws -> [UInt8] {
        let stride = input.width * 3
        // libswscale's vector code may write a little past the last row.
        var pixels = [UInt8](repeating: 0, count: stride * input.height + 64)
        try pixels.withUnsafeMutableBufferPointer { pixels in
            guard let base = pixels.baseAddress else { return }
            try scaler.convert(
                image, to: .bgr, width: input.width, height: input.height, out: base, stride: stride)
        }
        pixels.removeLast(64)
        return pixels
    }
}
