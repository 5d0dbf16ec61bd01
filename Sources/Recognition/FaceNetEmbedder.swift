// Recognition says who a face is: crop, embedding, quality, gallery, SVM, stranger rule, evidence over a track.
// It knows nothing of cameras, sockets or time beyond a track's own.

import Imaging
import Inference
import VisageCore

/// FaceNet (Inception-ResNet-v1, 128-d): square crop of the box without margin, 160 x 160, red-green-blue,
/// standardised by its own mean and deviation. Where it sees no clear face so, it looks again at the head set upright.
public final class FaceNetEmbedder: FaceEmbedder {
    public static let modelID = "facenet-128"
    static let side = 160

    /// What made the embeddings of a gallery; others do not compare with them.
    public let origin: EmbedderOrigin
    /// How often different people are alike under this network.
    public let impostors: [ModelManifest.ImpostorRate]
    private let network: any Network
    private let scaler = Scaler()

    /// - Throws: `VisageError` (model) if the network cannot be loaded.
    public init(engine: any InferenceEngine, store: ModelStore) throws {
        let model = try store.model(Self.modelID)
        try model.verify()
        network = try engine.load(
            model, input: NetworkInput(width: Self.side, height: Self.side, layout: .planarFloats),
            outputs: model.entry.outputs.map(\.name))
        impostors = model.entry.impostors ?? []
        origin = EmbedderOrigin(
            id: model.id, sha256: model.sha256, crop: "square", standardisation: "per-image",
            precision: engine.precision)
    }

    public func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        var view = try view(of: face, in: image, turnedBy: 0)
        if view.length < Self.doubtfulLength {
            // Heads that lean are foreign to the network, and YuNet's landmarks do not lean with them: try both ways.
            for angle in [-Self.lean, Self.lean] {
                let turned = try self.view(of: face, in: image, turnedBy: angle)
                if turned.length > view.length + Self.clearlyLonger { view = turned }
            }
        }
        guard let embedding = Embedding(normalizing: view.raw) else {
            throw VisageError(.engine, "The embedder gave no usable numbers for a face")
        }
        var quality = FaceQuality(of: face, in: image)
        quality.sharpness = FaceQuality.sharpness(variance: view.sharpness)
        quality.clarity = FaceQuality.ramp(view.length, from: Self.unclearLength, to: Self.clearLength)
        return FaceSample(embedding: embedding, quality: quality)
    }

    // The length of this network's output before scaling says how much of a face it sees there. Of 250 random LFW
    // images all are above 10.5 and half above 11.5, also when blurred to 24 px faces; of heads that lean by 30
    // degrees or are turned away it is 5 to 9, and rises to 11 or 12 when they are set upright.
    private static let unclearLength = 6.0
    private static let clearLength = 10.5
    private static let doubtfulLength = 9.5
    private static let clearlyLonger = 1.0
    private static let lean = 30.0 * .pi / 180

    private func view(
        of face: Face, in image: PixelBuffer, turnedBy angle: Double
    ) throws -> (raw: [Float], length: Double, sharpness: Double) {
        let crop = try SquareCrop(face.box, of: image, side: Self.side, turnedBy: angle, scaler: scaler)
        let outputs = try network.run { bytes in
            Standardisation.perImage(crop.pixels, into: bytes.bindMemory(to: Float.self))
        }
        let raw = outputs.first ?? []
        return (raw, Double(raw.reduce(0) { $0 + $1 * $1 }).squareRoot(), crop.sharpness)
    }
}

/// What made an embedding.
public struct EmbedderOrigin: Codable, Sendable, Hashable {
    public let id: String
    /// Of the weights.
    public let sha256: String
    public let crop: String
    public let standardisation: String
    /// Informative: embeddings of different precision compare well.
    public let precision: String

    package init(id: String, sha256: String, crop: String, standardisation: String, precision: String) {
        self.id = id
        self.sha256 = sha256
        self.crop = crop
        self.standardisation = standardisation
        self.precision = precision
    }

    /// Whether embeddings of both live in the same space.
    public func isCompatible(with other: EmbedderOrigin) -> Bool {
        sha256 == other.sha256 && crop == other.crop && standardisation == other.standardisation
    }
}
