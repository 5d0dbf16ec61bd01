import Detection
import Foundation
import Inference
import Recognition
import VisageCore

/// The engine and the networks that a configuration asks for; shared by all cameras and commands.
public struct Networks: Sendable {
    public let engine: any InferenceEngine
    public let store: ModelStore
    /// How many networks may run at once, one thread each.
    public let concurrency: Int

    /// - Throws: `VisageError` (model, engine).
    public init(_ inference: Configuration.Inference = .init(), models: String = "") throws {
        store = try ModelStore(folder: models.isEmpty ? nil : URL(filePath: models))
        let cores = ProcessInfo.processInfo.activeProcessorCount
        concurrency = inference.threads > 0 ? min(inference.threads, cores) : cores
        engine =
            switch inference.engine {
            case .openvino: try OpenVINOEngine(precision: inference.precision, concurrency: concurrency)
            case .opencv: try OpenCVEngine(concurrency: concurrency)
            }
    }

    /// Engine and arithmetic.
    var description: String { "\(engine.name) \(engine.precision), \(concurrency) at once" }

    /// - Throws: `VisageError` (model).
    public func detector(_ options: YuNetDetector.Options) throws -> YuNetDetector {
        try YuNetDetector(engine: engine, store: store, options: options)
    }

    /// - Throws: `VisageError` (model).
    public func embedder() throws -> FaceNetEmbedder { try FaceNetEmbedder(engine: engine, store: store) }

    /// For photos, which come in all shapes.
    /// - Throws: `VisageError` (model).
    public func photoReader(embedder: FaceNetEmbedder, input: Int) throws -> PhotoReader {
        var options = YuNetDetector.Options()
        options.square = true
        options.input = input
        let detector = try detector(options)
        options.input = max(64, input / 2)
        return PhotoReader(detector: detector, coarse: try self.detector(options), embedder: embedder)
    }

    /// What a gallery records of the detector.
    public func detectorOrigin(input: Int) throws -> Gallery.DetectorOrigin {
        let model = try store.model(YuNetDetector.modelID)
        return Gallery.DetectorOrigin(id: model.id, sha256: model.sha256, input: input)
    }
}
