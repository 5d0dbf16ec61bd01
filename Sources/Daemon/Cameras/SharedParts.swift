import Capture
import Foundation
import Imaging
import Logging
import Pipeline
import Publishing
import Recognition
import Unknowns
import VisageConfiguration
import VisageCore

/// What all cameras use together.
package struct SharedParts: Sendable {
    let detectors: DetectorShelf
    let gallery: GalleryInForce
    let unknowns: UnknownMemory
    let annotator: Annotator
    let events: any EventSink
    let decoration: Decoration
    /// The time by which recordings grow old; nil while it is not trusted.
    let clock: @Sendable () -> Date?
    let logger: Logger

    /// - Throws: `VisageError` if the annotator's font cannot be loaded.
    package init(
        detectors: DetectorShelf, gallery: GalleryInForce, unknowns: UnknownMemory, events: any EventSink,
        decoration: Decoration, clock: @escaping @Sendable () -> Date? = { Date() }, logger: Logger
    ) throws {
        self.detectors = detectors
        self.gallery = gallery
        self.unknowns = unknowns
        annotator = try Annotator()
        self.events = decoration.events(events)
        self.decoration = decoration
        self.clock = clock
        self.logger = logger
    }

    /// The detector for a camera. Blocks while networks are loaded.
    /// - Parameter video: the size of the frames, if it is known: the detector is then ready for the first one.
    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection, for video: VideoInfo?) throws -> any FaceDetector {
        let detector = try detectors.detector(detection)
        if let video { try detector.prepare(width: video.width, height: video.height) }
        return decoration.detector(detector)
    }
}

/// Wraps parts of a daemon in others, so that tests can replace them or make them hang. The shipped program wraps
/// nothing.
package struct Decoration: Sendable {
    package var source: @Sendable (any FrameSource) -> any FrameSource = { $0 }
    package var detector: @Sendable (any FaceDetector) -> any FaceDetector = { $0 }
    package var embedder: @Sendable (any FaceEmbedder) -> any FaceEmbedder = { $0 }
    package var events: @Sendable (any EventSink) -> any EventSink = { $0 }

    package init() {}
}
