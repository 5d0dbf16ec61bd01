import Inference
import VisageCore

/// The detectors that there are, by their names in configuration and on the command line.
public enum DetectorKind: String, Codable, Sendable, CaseIterable {
    /// Fast, with landmarks; the default.
    case yunet
    /// OpenCV's SSD on a small ResNet; no landmarks, and no small faces.
    case ssd
    /// The cascade of three networks of Zhang and others (2016); slow, with landmarks.
    case mtcnn

    /// In the manifest; the last one says where a face is.
    public var models: [String] {
        switch self {
        case .yunet: ["yunet-2023mar"]
        case .ssd: ["ssd-res10"]
        case .mtcnn: ["mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"]
        }
    }

    /// What a gallery calls it.
    public var galleryID: String { models.last ?? rawValue }

    public init?(galleryID: String) {
        guard let kind = Self.allCases.first(where: { $0.galleryID == galleryID }) else { return nil }
        self = kind
    }

    public var hasLandmarks: Bool { self != .ssd }

    /// Scores from which faces count. Each detector has a scale of its own.
    public struct Scores: Sendable, Hashable {
        /// In photos, which are seen once.
        public let photo: Double
        /// Enough to begin a track.
        public let strong: Double
        /// Enough to continue one.
        public let weak: Double
    }

    public var scores: Scores {
        switch self {
        // OpenCV's example for YuNet asks for 0.9; photos of many kinds have good faces down to 0.6.
        case .yunet: Scores(photo: 0.6, strong: 0.7, weak: 0.3)
        // The tutorials ask for 0.5; below 0.2 there is one box in any picture.
        case .ssd: Scores(photo: 0.5, strong: 0.5, weak: 0.25)
        // The paper's own code asks for 0.7, but this one is sure of nearly all that it finds: lapel pins come to 0.93.
        case .mtcnn: Scores(photo: 0.95, strong: 0.95, weak: 0.6)
        }
    }

    /// - Parameter engine: asked for each network.
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
