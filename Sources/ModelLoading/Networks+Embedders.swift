import Detection
import Foundation
import Inference
import Recognition
import VisageCore

/// Loads embedders by name: single networks, fusions of several, and either with a learnt head.
extension Networks {
    /// - Parameters:
    ///   - id: of a model or a fusion in the manifest; nil for the default one.
    ///   - alignment: nil for the one that suits the network best.
    ///   - head: what was learnt on top of the embedder; nil for nothing.
    ///   - headPath: the gallery that has the head, for error messages.
    /// - Throws: `VisageError` (model, gallery, usage).
    public func embedder(
        _ id: String? = nil, alignment: Alignment? = nil, head: HeadFile? = nil, headPath: String = ""
    ) throws -> any GalleryEmbedder {
        let fusions = store.manifest.fusions ?? []
        let embedder: any GalleryEmbedder
        if let fusion = fusions.first(where: { id.map($0.id.elementsEqual) ?? ($0.isDefault && alignment == nil) }) {
            guard alignment == nil else {
                throw VisageError(
                    .usage, "\(fusion.id) is made of embedders with an alignment each; --alignment is for a single one")
            }
            embedder = try fused(fusion) { try single($0, alignment: nil) }
        } else {
            embedder = try single(id, alignment: alignment)
        }
        return try head.map { try HeadEmbedder(embedder, $0, path: headPath) } ?? embedder
    }

    /// Makes the embedder of a fusion.
    /// - Parameter part: loads the embedder of a model, with the alignment that suits it best.
    /// - Throws: `VisageError` (model), and what `part` throws.
    public func fused(
        _ fusion: ModelManifest.Fusion, part: (String) throws -> any GalleryEmbedder
    ) throws -> FusedEmbedder {
        try FusedEmbedder(
            id: fusion.id, parts: fusion.parts.map { (try part($0.id), $0.weight) }, impostors: fusion.impostors)
    }

    /// Loads the embedder of one network.
    /// - Parameters:
    ///   - id: of a model in the manifest; nil for the default one.
    ///   - alignment: nil for the one that suits the network best.
    /// - Throws: `VisageError` (model).
    public func single(_ id: String?, alignment: Alignment?) throws -> NetworkEmbedder {
        let model = try singleModel(id)
        var options = DetectorOptions()
        // It is only given crops around one face.
        options.input = 160
        options.square = true
        let landmarks = LandmarkFinder(detector: try detector(.yunet, options))
        let engine = try engine(for: model)
        return try NetworkEmbedder(
            model.variant(for: engine), engine: engine, alignment: alignment, landmarks: landmarks)
    }

    private func singleModel(_ id: String?) throws -> Model {
        let embedders = store.manifest.models.filter { $0.task == "embed" }
        guard let entry = embedders.first(where: { id.map($0.id.elementsEqual) ?? $0.isDefault }) else {
            throw VisageError(
                .model,
                "There is no embedder `\(id ?? "by default")`; the manifest has \(embedderNames.joined(separator: ", "))"
            )
        }
        return store.model(entry)
    }

    /// The names of all embedders in the manifest, fusions first.
    public var embedderNames: [String] {
        (store.manifest.fusions ?? []).map(\.id) + store.manifest.models.filter { $0.task == "embed" }.map(\.id)
    }

    /// The fusion of that name; nil if there is none.
    public func fusion(_ id: String) -> ModelManifest.Fusion? { store.manifest.fusions?.first { $0.id == id } }

    /// The models that an embedder needs, as they are run.
    /// - Throws: `VisageError` (model) naming the embedders that exist.
    public func models(ofEmbedder id: String) throws -> [Model] {
        try (fusion(id)?.parts.map(\.id) ?? [id]).map { id in
            let model = try singleModel(id)
            return try model.variant(for: engine(for: model))
        }
    }

    /// The embedder that made a gallery, with its alignment and its head.
    /// - Parameter path: for messages.
    /// - Throws: `VisageError` (gallery) if it cannot be had.
    public func embedder(of gallery: Gallery, path: String) throws -> any GalleryEmbedder {
        let origin = gallery.description.embedder
        func refused(_ reason: String) -> VisageError {
            VisageError(
                .gallery, "The gallery \(path) was made with \(origin.id) (alignment \(origin.crop)), \(reason)")
        }
        guard embedderNames.contains(origin.id) else {
            throw refused("which the models' manifest does not have; train it anew")
        }
        let isFused = fusion(origin.id) != nil
        let alignment = Alignment(rawValue: origin.crop)
        guard isFused || alignment != nil else {
            throw refused("an alignment that this program does not know; train it anew")
        }
        let embedder: any GalleryEmbedder
        do {
            embedder = try self.embedder(
                origin.id, alignment: isFused ? nil : alignment, head: gallery.head, headPath: path)
        } catch let error as VisageError where error.code == .model {
            throw refused("which cannot be used: \(error)")
        }
        try gallery.check(embedder.origin, path: path)
        return embedder
    }
}
