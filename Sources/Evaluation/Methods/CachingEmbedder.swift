import Inference
import Recognition
import Synchronization
import VisageCore

/// Caches embeddings. Embedders with the same origin share the cache, because the parts of a fusion have been compared
/// alone before.
struct CachingEmbedder: GalleryEmbedder {
    /// A cache that several embedders share.
    final class Cache: Sendable {
        fileprivate struct Key: Hashable {
            let embedder: EmbedderOrigin
            let face: Face
            /// `PixelBuffer.fingerprint`.
            let picture: Int
        }

        fileprivate let known = Mutex<[Key: FaceSample]>([:])
    }

    let embedder: any GalleryEmbedder
    let cache: Cache

    var origin: EmbedderOrigin { embedder.origin }
    var impostors: [ModelManifest.ImpostorRate] { embedder.impostors }

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        let key = Cache.Key(embedder: origin, face: face, picture: image.fingerprint)
        if let sample = cache.known.withLock({ $0[key] }) { return sample }
        let sample = try embedder.sample(face, in: image)
        cache.known.withLock { $0[key] = sample }
        return sample
    }
}
