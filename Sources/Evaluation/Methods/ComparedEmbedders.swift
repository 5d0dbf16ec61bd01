import ModelLoading
import Recognition

/// The embedders that are compared: single ones with each alignment, fusions as they are.
struct ComparedEmbedders {
    /// In the order of the rows.
    private(set) var all: [any GalleryEmbedder] = []

    /// - Parameters:
    ///   - names: of embedders whose model files exist.
    ///   - alignments: of single embedders.
    ///   - wrap: wraps single embedders and the parts of fusions.
    /// - Throws: `VisageError` (model).
    init(
        _ names: [String], _ alignments: [Alignment], _ networks: Networks,
        wrap: (NetworkEmbedder) -> any GalleryEmbedder = { $0 }
    ) throws {
        var loaded: [String: NetworkEmbedder] = [:]
        func single(_ id: String) throws -> NetworkEmbedder {
            let embedder = try loaded[id] ?? networks.single(id, alignment: nil)
            loaded[id] = embedder
            return embedder
        }
        for name in names {
            if let fusion = networks.fusion(name) {
                all.append(try networks.fused(fusion) { wrap(try single($0)) })
            } else {
                let embedder = try single(name)
                all += alignments.map { wrap(embedder.aligned($0)) }
            }
        }
    }
}
