import Imaging
import Inference
import VisageCore

/// MTCNN: K. Zhang and others, "Joint face detection and alignment using multitask cascaded convolutional networks"
/// (2016). A first network proposes faces at all sizes, a second and a third classify each at higher resolution; all
/// three correct the box, and the last one says where eyes, nose and corners of the mouth are.
///
/// Thresholds, suppression and sizes are those of the paper's own code. The networks see the frame scaled to
/// `options.input`.
final class MTCNNDetector: SteppedDetector {
    /// Pixels of the scaled frame, as in the paper's own code.
    private static let smallestFace = 20.0
    private static let proposalScore: Float = 0.6
    private static let refinedScore: Float = 0.7
    /// Each proposal costs time, and more than a crowd produces are noise: those with the highest scores are kept.
    private static let maxProposals = 1000

    private let proposal: any Network
    private let refinement: MTCNNStage
    private let output: MTCNNStage
    private let options: DetectorOptions
    private let scaler = Scaler()

    /// - Parameter networks: P-, R- and O-Net.
    /// - Throws: `VisageError` (model) if a network cannot be loaded.
    init(networks: [(model: Model, engine: any InferenceEngine)], options: DetectorOptions) throws {
        guard networks.count == 3 else { throw VisageError(.model, "MTCNN has three networks") }
        self.options = options
        // Of any size: each shape has ten levels.
        proposal = try networks[0].engine.load(
            networks[0].model, input: NetworkInput(width: 0, height: 0, layout: .interleavedFloats),
            outputs: networks[0].model.entry.outputs.map(\.name))
        refinement = try MTCNNStage(networks[1].model, engine: networks[1].engine)
        output = try MTCNNStage(networks[2].model, engine: networks[2].engine)
    }

    func detect(in image: PixelBuffer) throws -> [Face] {
        let input = input(for: image)
        let picture = try scaled(image, input)
        var candidates: [MTCNNCandidate] = []
        // Levels of the padded shape: the engine compiles the network for every size of level, so sizes must be few.
        let pyramid = MTCNNPyramid(width: input.shapeWidth, height: input.shapeHeight, smallest: Self.smallestFace)
        for level in pyramid.levels {
            candidates += MTCNNCandidate.suppress(try propose(in: picture, input, level), overlap: 0.5, by: .union)
        }
        candidates = MTCNNCandidate.suppress(candidates, overlap: 0.7, by: .union).prefix(Self.maxProposals)
            .compactMap { $0.corrected.squared }

        let refined = try refinement.classify(candidates, in: picture, minimumScore: Self.refinedScore)
        candidates = MTCNNCandidate.suppress(refined, overlap: 0.7, by: .union).compactMap { $0.corrected.squared }

        let minimum = Float(options.minimumScore ?? DetectorKind.mtcnn.scores.weak)
        let seen = try output.classify(candidates, in: picture, minimumScore: minimum).map(\.corrected)
        let x = Double(image.width) / Double(picture.width)
        let y = Double(image.height) / Double(picture.height)
        return MTCNNCandidate.suppress(seen, overlap: 0.7, by: .minimum).map { $0.face.scaled(x, y) }
    }

    func scale(_ image: PixelBuffer) throws { _ = try scaled(image, input(for: image)) }

    private func input(for image: PixelBuffer) -> DetectionInput {
        DetectionInput(frameWidth: image.width, frameHeight: image.height, longSide: options.input, square: false)
    }

    private func scaled(_ image: PixelBuffer, _ input: DetectionInput) throws -> ScaledPicture {
        try ScaledPicture(image, width: input.scaledWidth, height: input.scaledHeight, scaler: scaler)
    }

    /// The candidates that the first network finds at one level.
    private func propose(
        in picture: ScaledPicture, _ input: DetectionInput, _ level: MTCNNPyramid.Level
    ) throws -> [MTCNNCandidate] {
        let size = NetworkInput(width: level.width, height: level.height, layout: .interleavedFloats)
        let outputs = try proposal.run(size) { bytes in
            try picture.write(
                x: 0, y: 0, partWidth: input.shapeWidth, partHeight: input.shapeHeight, mean: MTCNNStage.mean,
                scale: MTCNNStage.scale, into: bytes.bindMemory(to: Float.self), width: level.width,
                height: level.height)
        }
        // Three 3 x 3 convolutions without border and, after the first, every second pixel.
        let rows = (level.height - 1) / 2 - 4
        let columns = (level.width - 1) / 2 - 4
        let (corrections, scores) = (outputs[0], outputs[1])
        guard rows > 0, columns > 0, scores.count == 2 * rows * columns, corrections.count == 4 * rows * columns else {
            throw VisageError(.engine, "MTCNN's first network gave an output of another size")
        }
        var candidates: [MTCNNCandidate] = []
        // The network has x before y.
        for cell in 0..<rows * columns where scores[2 * cell + 1] >= Self.proposalScore {
            let box = BoundingBox(
                x: Double(2 * (cell / rows)) / level.scale, y: Double(2 * (cell % rows)) / level.scale,
                width: MTCNNPyramid.face / level.scale, height: MTCNNPyramid.face / level.scale)
            candidates.append(
                MTCNNCandidate(
                    box: box, score: scores[2 * cell + 1], correction: Array(corrections[4 * cell..<4 * cell + 4])))
        }
        return candidates
    }
}
