import Inference
import Logging
import VisageCore

/// An engine that logs what it compiles and how long that took, because the camera that needs the network waits for it.
struct CompilationLog: InferenceEngine {
    let base: any InferenceEngine
    let logger: Logger

    var name: String { base.name }
    var precision: String { base.precision }
    var prefersQuantized: Bool { base.prefersQuantized }

    func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network {
        let start = MonotonicTime.now
        let network = try base.load(model, input: input, outputs: outputs)
        let elapsed = Int((MonotonicTime.now - start).milliseconds)
        logger.debug("\(model.id) is compiled for \(input.width) x \(input.height), in \(elapsed) ms")
        return network
    }
}
