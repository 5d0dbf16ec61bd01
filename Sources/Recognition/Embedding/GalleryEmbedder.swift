import Inference
import VisageCore

/// An embedder that galleries can be made with.
public protocol GalleryEmbedder: FaceEmbedder {
    /// What made the embeddings of a gallery; others do not compare with them.
    var origin: EmbedderOrigin { get }
    /// How often different people are alike under it.
    var impostors: [ModelManifest.ImpostorRate] { get }
}

extension NetworkEmbedder: GalleryEmbedder {}
