import Foundation
import Inference
import Storage
import VisageCore

/// Two networks' or more opinions of a face as one embedding: theirs one after the other, so that the cosine is the
/// weighted mean of their cosines. They err on different faces, which one crop more of the same network does not.
public final class FusedEmbedder: GalleryEmbedder {
    public let origin: EmbedderOrigin
    public let impostors: [ModelManifest.ImpostorRate]
    private let parts: [(embedder: any GalleryEmbedder, share: Float)]

    /// - Parameter parts: the first judges what a view is worth; weights above 0, of any scale.
    /// - Throws: `VisageError` (model) if there are no parts, or a weight is not above 0.
    public init(
        id: String, parts: [(embedder: any GalleryEmbedder, weight: Double)],
        impostors: [ModelManifest.ImpostorRate]
    ) throws {
        guard let first = parts.first, parts.allSatisfy({ $0.weight > 0 && $0.weight.isFinite }) else {
            throw VisageError(.model, "The fusion \(id) in the manifest needs parts with weights above 0")
        }
        let sum = parts.reduce(0) { $0 + $1.weight }
        self.parts = parts.map { ($0.embedder, Float(($0.weight / sum).squareRoot())) }
        self.impostors = impostors
        func joined(_ value: (EmbedderOrigin) -> String) -> String {
            parts.map { value($0.embedder.origin) }.joined(separator: "+")
        }
        let recipe = parts.map { "\($0.embedder.origin.sha256) \($0.weight)" }.joined(separator: "\n")
        origin = EmbedderOrigin(
            id: id, sha256: FileDigest.sha256(of: Data(recipe.utf8)), crop: joined(\.crop),
            standardisation: joined(\.standardisation), precision: first.embedder.origin.precision)
    }

    public func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        var (values, quality): ([Float], FaceQuality?) = ([], nil)
        for (embedder, share) in parts {
            let sample = try embedder.sample(face, in: image)
            values += sample.embedding.values.map { $0 * share }
            quality = quality ?? sample.quality
        }
        guard let quality, let embedding = Embedding(normalizing: values) else {
            throw VisageError(.engine, "The embedders gave no usable numbers for a face")
        }
        return FaceSample(embedding: embedding, quality: quality)
    }
}
