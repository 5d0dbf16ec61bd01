import Decision
import Inference
import Pipeline
import Recognition
import Synchronization
import Unknowns
import VisageCore

/// An embedder with all that can only be used together with it. A gallery of another embedder gets another one of these;
/// until the pipelines have noticed, they go on with the old one, whose gallery stays as it was.
package final class EmbedderInUse: Sendable {
    /// Unique among all embedders of a run of the daemon.
    package let generation: Int
    package let origin: EmbedderOrigin
    /// How often different people are as similar as that under the embedder.
    let curve: [ModelManifest.ImpostorRate]
    let embeddings: EmbeddingQueue
    private let held = Mutex<GalleryClassifier?>(nil)

    /// - Parameters:
    ///   - decorated: what embeds; the embedder itself but in tests.
    ///   - width: jobs that run at once.
    init(
        _ embedder: any GalleryEmbedder, generation: Int, decorated: any FaceEmbedder, width: Int
    ) {
        self.generation = generation
        origin = embedder.origin
        curve = embedder.impostors
        embeddings = EmbeddingQueue(embedder: decorated, width: width)
    }

    /// nil when there is no gallery: everybody is unknown then.
    package internal(set) var classifier: GalleryClassifier? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    /// What the pipeline of a camera recognizes faces by.
    func recognition(for camera: String, isStart: Bool, unknowns memory: UnknownMemory) -> FaceRecognition {
        FaceRecognition(
            generation: generation, embeddings: embeddings, classifier: { self.classifier },
            unknowns: memory.camera(camera, isStart: isStart, embedder: origin, curve: curve),
            rules: DecisionRules(curve))
    }
}

/// Loads the embedders that galleries were trained with.
package struct GalleryEmbedders: Sendable {
    /// Embeddings that may run at once.
    var width: Int
    /// The embedder of a gallery, which is at a path; of none, the default one. Throws `VisageError` (model, gallery).
    var load: @Sendable (_ gallery: Gallery?, _ path: String) throws -> any GalleryEmbedder
    /// Wraps an embedder in another; tests do.
    var decorate: @Sendable (any FaceEmbedder) -> any FaceEmbedder

    package init(
        width: Int, decorate: @escaping @Sendable (any FaceEmbedder) -> any FaceEmbedder = { $0 },
        load: @escaping @Sendable (_ gallery: Gallery?, _ path: String) throws -> any GalleryEmbedder
    ) {
        self.width = width
        self.decorate = decorate
        self.load = load
    }

    /// Blocks while networks are loaded.
    /// - Throws: `VisageError` (model, gallery).
    func make(_ gallery: Gallery?, _ path: String, generation: Int) throws -> EmbedderInUse {
        let embedder = try load(gallery, path)
        return EmbedderInUse(embedder, generation: generation, decorated: decorate(embedder), width: width)
    }
}
