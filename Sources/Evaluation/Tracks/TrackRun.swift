import Daemon
import Detection
import Footage
import Foundation
import Logging
import Pipeline
import Recognition
import Synchronization
import Tracking
import Unknowns
import VisageCore

/// One run of the camera pipeline over footage, and the events of it.
struct TrackRun {
    /// In order, with a `frame` event for every frame.
    let events: [Event]
    /// Mean time between frames in seconds.
    let interval: Double
    /// For each frame, the boxes (in the coordinates of events) of the faces that are good enough to be recognized.
    private let recognisable: [[[Double]]]

    /// Minimum width in pixels of a face that is expected to be recognized.
    static let leastWidth = 60.0

    /// The parts that all runs share.
    struct Parts {
        let detector: any FaceDetector
        let scores: DetectorKind.Scores
        let embedder: any GalleryEmbedder
        var classifier: GalleryClassifier?
        let concurrency: Int
    }

    /// - Throws: `VisageError` if the footage cannot be played.
    init(_ footage: any Footage, _ parts: Parts, progress: @escaping @Sendable (Int) -> Void) throws {
        let watch = Watch(parts.detector, policy: EmbeddingPolicy())
        let collector = Collector(progress: progress)
        let memory = UnknownMemory(
            UnknownSettings(), embedder: parts.embedder.origin, curve: parts.embedder.impostors,
            files: [footage.name], hasLiveCameras: false)
        var options = CameraPipeline.Options(curve: parts.embedder.impostors)
        (options.tracking.strongScore, options.tracking.weakScore) = (parts.scores.strong, parts.scores.weak)
        let classifier = parts.classifier
        let pipeline = CameraPipeline(
            CameraPipeline.Parts(
                camera: footage.name, source: try footage.source(), detector: watch,
                embeddings: EmbeddingQueue(embedder: parts.embedder, width: parts.concurrency),
                classifier: { classifier },
                unknowns: memory.camera(footage.name, isStart: true), events: collector, recorder: nil,
                broadcaster: nil, annotator: try Annotator(),
                log: Logger(label: "visage.tracks") { _ in SwiftLogNoOpLogHandler() }),
            options: options)
        let ended = DispatchSemaphore(value: 0)
        pipeline.start()
        pipeline.whenEnded { ended.signal() }
        ended.wait()
        if let failure = pipeline.failure { throw failure }
        events = collector.events.withLock { $0 }
        recognisable = watch.frames.withLock { $0 }
        let last = events.last { $0.type == .frame }?.frame
        interval = last.map { Double($0.ptsMs) / 1000 / Double(max(1, $0.number)) } ?? 0
    }

    /// Whether a face of a `frame` event was good enough to be recognized.
    func canRecognise(_ face: Event.FaceInFrame, in event: Event) -> Bool {
        guard let number = event.frame?.number, recognisable.indices.contains(number) else { return false }
        return recognisable[number].contains(face.box)
    }

    /// Collects the events.
    private final class Collector: EventSink {
        let wantsFrames = true
        let events = Mutex<[Event]>([])
        private let progress: @Sendable (Int) -> Void

        init(progress: @escaping @Sendable (Int) -> Void) { self.progress = progress }

        func publish(_ event: Event) {
            events.withLock { $0.append(event) }
            if event.type == .frame { progress((event.frame?.number ?? 0) + 1) }
        }
    }

    /// Notes which faces are good enough. Every frame of a file passes through here, in order.
    private final class Watch: FaceDetector {
        let frames = Mutex<[[[Double]]]>([])
        private let detector: any FaceDetector
        private let policy: EmbeddingPolicy

        init(_ detector: any FaceDetector, policy: EmbeddingPolicy) {
            self.detector = detector
            self.policy = policy
        }

        func detect(in image: PixelBuffer) throws -> [Face] {
            var good: [[Double]] = []
            defer { frames.withLock { $0.append(good) } }
            let faces = try detector.detect(in: image)
            good = faces.filter { face in
                face.box.width >= TrackRun.leastWidth
                    && FaceQuality(of: face, in: image).overall >= policy.leastQuality
            }.map { Event.coordinates($0.box) }
            return faces
        }
    }
}
