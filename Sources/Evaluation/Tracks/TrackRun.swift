import Foundation
import Logging
import Pipeline
import Recognition
import Synchronization
import Unknowns
import VisageCore

/// The events of one run of the camera pipeline over footage, and which faces were good enough to be recognized.
package struct TrackRun {
    /// In order, with a `frame` event for every frame.
    package let events: [Event]
    /// Mean time between frames in seconds.
    package let interval: Double
    /// For each frame, the boxes (in the coordinates of events) of the faces that are good enough to be recognized.
    private let recognizable: [[[Double]]]

    /// Minimum width in pixels of a face that is expected to be recognized.
    package static let minWidth = 60.0

    package init(events: [Event], recognizable: [[[Double]]]) {
        self.events = events
        self.recognizable = recognizable
        let last = events.last { $0.type == .frame }?.frame
        interval = last.map { Double($0.ptsMs) / 1000 / Double(max(1, $0.number)) } ?? 0
    }

    /// Runs the pipeline over the footage, as fast as possible. Blocks until its end.
    /// - Parameter progress: called after each frame with the number of processed frames; from any thread.
    /// - Throws: `VisageError` if the footage cannot be played.
    package init(_ footage: any Footage, _ parts: TrackRunParts, progress: @escaping @Sendable (Int) -> Void) throws {
        let detector = RecognizabilityRecorder(parts.detector, policy: EmbeddingPolicy())
        let collector = EventCollector(progress: progress)
        let memory = UnknownMemory(
            UnknownSettings(), embedder: parts.embedder.origin, curve: parts.embedder.impostors,
            files: [footage.name], hasLiveCameras: false)
        var options = CameraPipeline.Options(curve: parts.embedder.impostors)
        (options.tracking.strongScore, options.tracking.weakScore) = (parts.scores.strong, parts.scores.weak)
        let classifier = parts.classifier
        let pipeline = CameraPipeline(
            CameraPipeline.Parts(
                camera: footage.name, source: try footage.source(), detector: detector,
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
        self.init(events: collector.events, recognizable: detector.frames)
    }

    /// Whether a face of a `frame` event was good enough to be recognized.
    package func isRecognizable(_ face: Event.FaceInFrame, in event: Event) -> Bool {
        guard let number = event.frame?.number, recognizable.indices.contains(number) else { return false }
        return recognizable[number].contains(face.box)
    }
}

/// Collects the events of a pipeline.
private final class EventCollector: EventSink {
    let wantsFrames = true
    private let collected = Mutex<[Event]>([])
    private let progress: @Sendable (Int) -> Void

    init(progress: @escaping @Sendable (Int) -> Void) { self.progress = progress }

    var events: [Event] { collected.withLock { $0 } }

    func publish(_ event: Event) {
        collected.withLock { $0.append(event) }
        if event.type == .frame { progress((event.frame?.number ?? 0) + 1) }
    }
}

/// A detector that records which of the detected faces are good enough to be recognized. It is called for every frame
/// of a file, in order.
private final class RecognizabilityRecorder: FaceDetector {
    private let recorded = Mutex<[[[Double]]]>([])
    private let detector: any FaceDetector
    private let policy: EmbeddingPolicy

    init(_ detector: any FaceDetector, policy: EmbeddingPolicy) {
        self.detector = detector
        self.policy = policy
    }

    /// For each frame the boxes of the faces that are good enough.
    var frames: [[[Double]]] { recorded.withLock { $0 } }

    func detect(in image: PixelBuffer) throws -> [Face] {
        var good: [[Double]] = []
        defer { recorded.withLock { $0.append(good) } }
        let faces = try detector.detect(in: image)
        good = faces.filter { face in
            face.box.width >= TrackRun.minWidth && FaceQuality(of: face, in: image).overall >= policy.leastQuality
        }.map { Event.coordinates($0.box) }
        return faces
    }
}
