import Imaging
import Inference
import VisageCore

/// MTCNN's second or third network: classifies candidates, several in one run.
struct MTCNNStage {
    /// Of all three networks.
    static let mean: Float = 127.5
    static let scale: Float = 1 / 128
    /// Numbers of candidates in one run. There are few, because the engine compiles the network for each.
    private static let batches = [64, 16, 4, 1]

    private let network: any Network
    /// Pixels.
    private let side: Int

    init(_ model: Model, engine: any InferenceEngine) throws {
        side = model.entry.input.width
        network = try engine.load(
            model, input: NetworkInput(count: 0, width: side, height: side, layout: .interleavedFloats),
            outputs: model.entry.outputs.map(\.name))
    }

    /// Those of the candidates that are faces, with new scores and corrections, and landmarks if the network gives any.
    /// - Throws: `VisageError` (engine).
    func classify(
        _ candidates: [MTCNNCandidate], in picture: ScaledPicture, minimumScore: Float
    ) throws -> [MTCNNCandidate] {
        var found: [MTCNNCandidate] = []
        var rest = candidates.filter { $0.box.clipped(width: picture.width, height: picture.height).area >= 1 }[...]
        while let count = Self.batches.first(where: { $0 <= rest.count }) {
            let batch = rest.prefix(count)
            rest = rest.dropFirst(count)
            let outputs = try run(Array(batch), in: picture)
            // Corrections come first, scores last, landmarks between them.
            guard let corrections = outputs.first, let scores = outputs.last, corrections.count == 4 * count,
                scores.count == 2 * count
            else { throw VisageError(.engine, "A network of MTCNN gave an output of another size") }
            let landmarks = outputs.count == 3 && outputs[1].count == 10 * count ? outputs[1] : nil
            for (index, candidate) in batch.enumerated() where scores[2 * index + 1] >= minimumScore {
                found.append(
                    MTCNNCandidate(
                        box: candidate.box, score: scores[2 * index + 1],
                        correction: Array(corrections[4 * index..<4 * index + 4]),
                        landmarks: landmarks.map { candidate.landmarks(Array($0[10 * index..<10 * index + 10])) }))
            }
        }
        return found
    }

    private func run(_ batch: [MTCNNCandidate], in picture: ScaledPicture) throws -> [[Float]] {
        let input = NetworkInput(count: batch.count, width: side, height: side, layout: .interleavedFloats)
        return try network.run(input) { bytes in
            let floats = bytes.bindMemory(to: Float.self)
            let size = side * side * 3
            for (index, candidate) in batch.enumerated() {
                let box = candidate.box
                try picture.write(
                    x: Int(box.x.rounded()), y: Int(box.y.rounded()), partWidth: max(1, Int(box.width.rounded())),
                    partHeight: max(1, Int(box.height.rounded())), mean: Self.mean, scale: Self.scale,
                    into: UnsafeMutableBufferPointer(rebasing: floats[index * size..<(index + 1) * size]), width: side,
                    height: side)
            }
        }
    }
}
