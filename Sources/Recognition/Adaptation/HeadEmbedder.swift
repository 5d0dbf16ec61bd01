import Inference
import VisageCore

/// An embedder with a learnt head on it.
public final class HeadEmbedder: GalleryEmbedder {
    public let origin: EmbedderOrigin
    public let impostors: [ModelManifest.ImpostorRate]
    private let base: any GalleryEmbedder
    private let head: LinearHead

    /// - Parameter path: of the head, for messages.
    /// - Throws: `VisageError` (gallery) if the head was learnt on another embedder.
    public init(_ base: any GalleryEmbedder, _ file: HeadFile, path: String) throws {
        guard file.embedder.isCompatible(with: base.origin) else {
            throw VisageError(
                .gallery,
                "The head \(path) was learnt on \(file.embedder.id) (\(file.embedder.crop)), faces are embedded with "
                    + "\(base.origin.id) (\(base.origin.crop)); learn it anew with `visage adapt`")
        }
        self.base = base
        head = try file.head(path: path)
        impostors = file.impostors
        var origin = base.origin
        origin.head = file.digest
        self.origin = origin
    }

    public func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        let sample = try base.sample(face, in: image)
        guard let embedding = head.apply(sample.embedding) else {
            throw VisageError(.engine, "The head gave no usable numbers for a face")
        }
        return FaceSample(embedding: embedding, quality: sample.quality)
    }
}
