import Capture
import Detection
import Imaging
import Logging
import Pipeline
import Publishing
import Recognition
import Synchronization
import VisageCore

/// What all cameras use together.
struct SharedParts: Sendable {
    let networks: Networks
    let embeddings: EmbeddingQueue
    let gallery: GalleryInForce
    let annotator: Annotator
    let events: any EventSink
    let decoration: Decoration
    let logger: Logger
    private let detectors: DetectorShelf

    init(
        networks: Networks, embeddings: EmbeddingQueue, gallery: GalleryInForce, events: any EventSink,
        decoration: Decoration, logger: Logger
    ) throws {
        self.networks = networks
        self.embeddings = embeddings
        self.gallery = gallery
        annotator = try Annotator()
        self.events = decoration.events(events)
        self.decoration = decoration
        self.logger = logger
        detectors = DetectorShelf(networks: networks)
    }

    /// - Parameter video: what it is to work on, if known, so that it is ready for that size
    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection, for video: VideoInfo?) throws -> any FaceDetector {
        let detector = try detectors.detector(detection)
        if let video { try detector.prepare(width: video.width, height: video.height) }
        return decoration.detector(detector)
    }

    /// One network for all cameras that want the same.
    private final class DetectorShelf: Sendable {
        private let networks: Networks
        private let last = Mutex<(detection: Configuration.Detection, detector: YuNetDetector)?>(nil)

        init(networks: Networks) { self.networks = networks }

        func detector(_ detection: Configuration.Detection) throws -> YuNetDetector {
            try last.withLock { last in
                if let last, last.detection == detection { return last.detector }
                var options = YuNetDetector.Options()
                options.input = detection.input
                options.minimumScore = detection.weakScore
                let detector = try networks.detector(options)
                last = (detection, detector)
                return detector
            }
        }
    }
}

/// Wraps parts of a daemon: how tests make one of them hang. The shipped program has no use for it.
package struct Decoration: Sendable {
    package var source: @Sendable (any FrameSource) -> any FrameSource = { $0 }
    package var detector: @Sendable (any FaceDetector) -> any FaceDetector = { $0 }
    package var embedder: @Sendable (any FaceEmbedder) -> any FaceEmbedder = { $0 }
    package var events: @Sendable (any EventSink) -> any EventSink = { $0 }

    package init() {}
}
