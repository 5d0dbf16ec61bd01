import Capture
import Imaging
import Logging
import Pipeline
import Publishing
import Recognition
import Unknowns
import VisageCore

/// What all cameras use together.
struct SharedParts: Sendable {
    let embeddings: EmbeddingQueue
    let returning: Returning
    let gallery: GalleryInForce
    let unknowns: UnknownMemory
    let annotator: Annotator
    let events: any EventSink
    let decoration: Decoration
    let logger: Logger
    let detectors: DetectorShelf

    init(
        detectors: DetectorShelf, embeddings: EmbeddingQueue, returning: Returning, gallery: GalleryInForce,
        unknowns: UnknownMemory,
        events: any EventSink, decoration: Decoration, logger: Logger
    ) throws {
        self.detectors = detectors
        self.embeddings = embeddings
        self.returning = returning
        self.gallery = gallery
        self.unknowns = unknowns
        annotator = try Annotator()
        self.events = decoration.events(events)
        self.decoration = decoration
        self.logger = logger
    }

    /// - Parameter video: what it is to work on, if known, so that it is ready for that size
    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection, for video: VideoInfo?) throws -> any FaceDetector {
        let detector = try detectors.detector(detection)
        if let video { try detector.prepare(width: video.width, height: video.height) }
        return decoration.detector(detector)
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
