import ArgumentParser
import Daemon
import Inference

/// Options of every command that runs networks.
struct NetworkOptions: ParsableArguments {
    /// Pixels that the longer side of a photo is scaled to for detection.
    static let photoInput = 640

    @Option(help: "Engine for the networks: openvino or opencv.")
    var engine = Configuration.Inference.Engine.openvino

    @Option(help: "Arithmetic: auto, f32 or bf16.")
    var precision = OpenVINOEngine.Precision.auto

    @Option(help: "Folder with the models' manifest.json.")
    var models = ""

    /// - Throws: `VisageError` (model, engine).
    func load() throws -> Networks {
        var inference = Configuration.Inference()
        inference.engine = engine
        inference.precision = precision
        return try Networks(inference, models: models)
    }
}

extension Configuration.Inference.Engine: ExpressibleByArgument {}
extension OpenVINOEngine.Precision: ExpressibleByArgument {}
