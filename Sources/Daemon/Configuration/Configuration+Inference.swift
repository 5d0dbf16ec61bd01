import Inference
import ModelLoading
import VisageConfiguration
import VisageCore

extension Configuration.Inference {
    /// - Throws: `VisageError` (engine).
    func makeEngine() throws -> any InferenceEngine {
        switch engine {
        case .openvino: try OpenVINOEngine(precision: precision, concurrency: concurrency)
        case .opencv: try OpenCVEngine(concurrency: concurrency)
        }
    }
}

extension Networks {
    /// The engine that a configuration asks for.
    /// - Parameter models: the folder of the models; empty for the one beside the program.
    /// - Throws: `VisageError` (model, engine).
    public init(_ inference: Configuration.Inference = .init(), models: String = "") throws {
        try self.init(models: models, concurrency: inference.concurrency, makeEngine: inference.makeEngine)
    }
}
