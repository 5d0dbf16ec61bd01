import Inference
import VisageCore

extension DetectorKind {
    /// - Parameter engine: called for each network; returns the engine to load it with.
    /// - Throws: `VisageError` (model) if a network cannot be loaded.
    public func detector(
        _ options: DetectorOptions, store: ModelStore, engine: (Model) throws -> any InferenceEngine
    ) throws -> any SteppedDetector {
        let models = try models.map { try store.model($0) }
        for model in models { try model.verify() }
        var options = options
        if options.minimumScore == nil { options.minimumScore = scores.weak }
        switch self {
        case .yunet: return YuNetDetector(models[0], engine: try engine(models[0]), options: options)
        case .ssd: return try SSDDetector(models[0], engine: engine(models[0]), options: options)
        case .mtcnn:
            return try MTCNNDetector(
                networks: models.map { ($0, try engine($0)) }, options: options)
        }
    }
}
