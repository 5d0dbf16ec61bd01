/// The available detectors, by their names in configuration and on the command line.
public enum DetectorKind: String, Codable, Sendable, CaseIterable {
    /// Fast, with landmarks; the default.
    case yunet
    /// OpenCV's SSD on a small ResNet; no landmarks, and no small faces.
    case ssd
    /// The cascade of three networks of Zhang and others (2016); slow, with landmarks.
    case mtcnn

    /// Names in the manifest; the last one is the network that gives the final box.
    public var models: [String] {
        switch self {
        case .yunet: ["yunet-2023mar"]
        case .ssd: ["ssd-res10"]
        case .mtcnn: ["mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"]
        }
    }

    /// The name that a gallery records.
    public var galleryID: String { models.last ?? rawValue }

    public init?(galleryID: String) {
        guard let kind = Self.allCases.first(where: { $0.galleryID == galleryID }) else { return nil }
        self = kind
    }

    public var hasLandmarks: Bool { self != .ssd }

    /// Minimum scores of faces. Each detector has its own scale.
    public struct Scores: Sendable, Hashable {
        /// For photos, where a face is detected once and not tracked.
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
        // The tutorials use 0.5; below 0.2 every picture has a false detection.
        case .ssd: Scores(photo: 0.5, strong: 0.5, weak: 0.25)
        // The paper's own code uses 0.7, but false detections have high scores, too: lapel pins reach 0.93.
        case .mtcnn: Scores(photo: 0.95, strong: 0.95, weak: 0.6)
        }
    }
}
