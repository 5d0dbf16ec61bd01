// ModelLoading makes detectors and embedders of the networks in the models' folder, for the daemon and for what measures.

import Detection
import Foundation
import Inference
import Recognition
import VisageCore

/// The engine, and the networks that it loads. All cameras of the daemon share them; so do the parts of
/// a command of `visage`.
public struct Networks: Sendable {
    public let engine: any InferenceEngine
    public let store: ModelStore
    /// How many networks may run at once, one thread each.
    public let concurrency: Int

    /// - Parameters:
    ///   - models: the folder of the models; empty for the one beside the program.
    ///   - makeEngine: called once there is a manifest.
    /// - Throws: `VisageError` (model), and what `makeEngine` throws.
    public init(models: String, concurrency: Int, makeEngine: () throws -> any InferenceEngine) throws {
        store = try ModelStore(folder: models.isEmpty ? nil : URL(filePath: models))
        self.concurrency = concurrency
        engine = try makeEngine()
    }

    /// Engine, precision and concurrency, for `visage status`.
    public var description: String { "\(engine.name) \(precision), \(concurrency) at once" }

    /// The arithmetic that networks run in.
    public var precision: String { engine.prefersQuantized ? "int8 and \(engine.precision)" : engine.precision }

    /// The engine for a model: the configured one, or OpenCV for a model that the configured one cannot read.
    /// - Throws: `VisageError` (engine).
    func engine(for model: Model) throws -> any InferenceEngine {
        model.entry.engines.contains(engine.name) ? engine : try OpenCVEngine(concurrency: concurrency)
    }

    /// - Throws: `VisageError` (model).
    public func detector(_ kind: DetectorKind, _ options: DetectorOptions) throws -> any SteppedDetector {
        try kind.detector(options, store: store, engine: engine(for:))
    }

    /// Reads faces from photos, which come in all shapes.
    /// - Parameters:
    ///   - input: pixels that the longer side of a photo is scaled to.
    ///   - wrap: makes the detectors that are used of those that are loaded; tests measure with it.
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
        // SSD always scales to the same size.
        let coarse = kind == .ssd ? detector : wrap(try self.detector(kind, options))
        return PhotoReader(
            detector: detector, coarse: coarse, embedder: embedder, minimumScore: kind.scores.photo)
    }

    /// What a gallery records about the detector that it was made with.
    /// - Throws: `VisageError` (model).
    public func detectorOrigin(_ kind: DetectorKind, input: Int) throws -> Gallery.DetectorOrigin {
        let model = try store.model(kind.galleryID)
        return Gallery.DetectorOrigin(id: model.id, sha256: model.sha256, input: input)
    }
}
