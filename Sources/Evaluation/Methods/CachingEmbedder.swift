import Inference
import Recognition
import Synchronization
import VisageCore

/// Caches embeddings. Embedders with the same origin share the cache, because the parts of a fusion have been compared
/// alone before.
struct RememberingEmbedder: GalleryEmbedder {
    /// A cache that several embedders share.
    final class Memory: Sendable {
        fileprivate struct Question: Hashable {
            let embedder: EmbedderOrigin
            let face: Face
            let picture: Int
        }

        fileprivate let known = Mutex<[Question: FaceSample]>([:])
    }

    let embedder: any GalleryEmbedder
    let memory: Memory

    var origin: EmbedderOrigin { embedder.origin }
    var impostors: [ModelManifest.ImpostorRate] { embedder.impostors }

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        let question = Memory.Question(embedder: origin, face: face, picture: image.fingerprint)
        if let sample = memory.known.withLock({ $0[question] }) { return sample }
        let sample = try embedder.sample(face, in: image)
        memory.known.withLock { $0[question] = sample }
        return sample
    }
}
