import ArgumentParser
import Daemon
import Detection
import Foundation
import Inference
import ModelLoading
import Recognition
import VisageConfiguration
import VisageCore

/// Options of every command that runs networks.
struct NetworkOptions: ParsableArguments {
    @Option(help: "Inference engine: openvino or opencv.")
    var engine = Configuration.Inference.Engine.openvino

    @Option(help: "Precision of inference: auto (embedders in 8 bits), f32 or bf16.")
    var precision = InferencePrecision.auto

    @Option(help: "The folder with manifest.json and the model files. Default: the one that belongs to the program.")
    var models = ""

    /// The options as a part of the daemon's configuration.
    var inference: Configuration.Inference {
        var inference = Configuration.Inference()
        inference.engine = engine
        inference.precision = precision
        return inference
    }

    /// - Parameter threads: 0: as many as there are cores.
    /// - Throws: `VisageError` (model, engine).
    func load(threads: Int = 0) throws -> Networks {
        var inference = inference
        inference.threads = threads
        return try Networks(inference, models: models)
    }
}

/// The detector, for commands that look for faces.
struct DetectorOption: ParsableArguments {
    @Option(help: "Face detector: yunet, ssd or mtcnn.")
    var detector = DetectorKind.yunet
}

/// The detector, for commands that use a gallery.
struct GalleryDetectorOption: ParsableArguments {
    @Option(help: "Face detector: yunet, ssd or mtcnn. Default: the one that the gallery was trained with.")
    var detector: DetectorKind?

    func kind(for gallery: Gallery) -> DetectorKind {
        detector ?? DetectorKind(galleryID: gallery.description.detector.id) ?? .yunet
    }
}

/// The embedder, for commands that choose one; the others take that of their gallery.
struct EmbedderOptions: ParsableArguments {
    @Option(help: "Embedder, by its name in `visage models list`. Default: the default embedder of that list.")
    var embedder: String?

    @Option(
        help: "Alignment of the face crop: none, eyes or five-point. Default: the one that suits the embedder best.")
    var alignment: Alignment?
}

/// A head on the embedder.
struct HeadOption: ParsableArguments {
    @Option(help: "A head file that `visage adapt` has trained for this embedder.")
    var head: String?

    /// - Throws: `VisageError` (model, notFound, gallery).
    func load(_ networks: Networks, _ options: EmbedderOptions) throws -> (any GalleryEmbedder, HeadFile?) {
        let file = try head.map { try HeadFile.load(URL(filePath: $0)) }
        return (
            try networks.embedder(options.embedder, alignment: options.alignment, head: file, headPath: head ?? ""),
            file
        )
    }
}

extension DetectorKind: ExpressibleByArgument {}
extension Alignment: ExpressibleByArgument {}
extension Configuration.Inference.Engine: ExpressibleByArgument {}
extension InferencePrecision: ExpressibleByArgument {}
