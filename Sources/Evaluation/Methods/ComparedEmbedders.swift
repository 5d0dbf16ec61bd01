import Daemon
import Recognition

/// The embedders that are compared: single ones with each alignment, fusions as they are.
struct ComparedEmbedders {
    /// In the order of the rows.
    private(set) var all: [any GalleryEmbedder] = []

    /// - Parameters:
    ///   - names: as `present` gives them.
    ///   - alignments: of single ones.
    ///   - wrap: what is put around single ones and parts of fusions.
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

    /// The names whose model files exist; a note on standard error says which are skipped.
    /// - Parameter names: of embedders in the manifest; empty for all.
    /// - Throws: `VisageError` (model) naming the embedders that exist.
    static func present(_ names: [String], _ networks: Networks) throws -> [String] {
        try (names.isEmpty ? networks.embedderNames : names).filter { name in
            let isHere = try networks.models(ofEmbedder: name).allSatisfy(\.isHere)
            if !isHere {
                Output.note(
                    "\(name) is skipped: its model files are missing; `visage models fetch \(name)` downloads them")
            }
            return isHere
        }
    }
}
