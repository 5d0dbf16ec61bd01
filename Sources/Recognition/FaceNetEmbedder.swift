// Recognition says who a face is: crop, embedding, quality, gallery, SVM, stranger rule, evidence over a track.
// It knows nothing of cameras, sockets or time beyond a track's own.

import Imaging
import Inference
import VisageCore

/// FaceNet (Inception-ResNet-v1, 128-d): square crop of the box without margin, 160 x 160, red-green-blue,
/// standardised by its own mean and deviation.
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
        let crop = try SquareCrop(face.box, of: image, side: Self.side, scaler: scaler)
        let outputs = try network.run { bytes in
            Standardisation.perImage(crop.pixels, into: bytes.bindMemory(to: Float.self))
        }
        guard let raw = outputs.first, let embedding = Embedding(normalizing: raw) else {
            throw VisageError(.engine, "The embedder gave no usable numbers for a face")
        }
        return FaceSample(
            embedding: embedding, quality: FaceQuality(of: face, in: image, sharpness: crop.sharpness))
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
