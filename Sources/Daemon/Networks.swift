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

    /// The engine that was asked for, or OpenCV for what that cannot read.
    func engine(for model: Model) throws -> any InferenceEngine {
        model.entry.engines.contains(engine.name) ? engine : try OpenCVEngine(concurrency: concurrency)
    }

    /// - Throws: `VisageError` (model).
    public func detector(_ kind: DetectorKind, _ options: DetectorOptions) throws -> any SteppedDetector {
        try kind.detector(options, store: store, engine: engine(for:))
    }

    /// For photos, which come in all shapes.
    /// - Parameters:
    ///   - input: pixels that the longer side of a photo is scaled to.
    ///   - wrap: what is put around its detectors.
    /// - Throws: `VisageError` (model).
    public func photoReader(
        _ kind: DetectorKind, embedder: any FaceEmbedder, input: Int,
        wrap: (any FaceDetector) -> any FaceDetector = { $0 }
    ) throws -> PhotoReader {
        var options = DetectorOptions()
        options.square = true
        options.input = input
        let detector = wrap(try detector(kind, options))
        options.input = max(64, input / 2)
        // SSD sees the same at any size.
        let coarse = kind == .ssd ? detector : wrap(try self.detector(kind, options))
        return PhotoReader(
            detector: detector, coarse: coarse, embedder: embedder, minimumScore: kind.scores.photo)
    }

    /// What a gallery records of the detector.
    public func detectorOrigin(_ kind: DetectorKind, input: Int) throws -> Gallery.DetectorOrigin {
        let model = try store.model(kind.galleryID)
        return Gallery.DetectorOrigin(id: model.id, sha256: model.sha256, input: input)
    }
}
