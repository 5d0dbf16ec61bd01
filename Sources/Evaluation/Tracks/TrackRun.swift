import Decision
import Foundation
import Logging
import Pipeline
import Recognition
import Synchronization
import Unknowns
import VisageCore

/// The events of one run of the camera pipeline over footage, and which faces were good enough to be recognized.
package struct TrackRun {
    /// In order, with all faces of every frame.
    package let events: [CameraEvent]
    /// Mean time between frames in seconds.
    package let interval: Double
    /// By frame number, the boxes of the faces that are good enough to be recognized.
    private let recognizable: [Int: [BoundingBox]]

    /// Minimum width in pixels of a face that is expected to be recognized.
    package static let minWidth = 60.0

    package init(events: [CameraEvent], recognizable: [Int: [BoundingBox]]) {
        self.events = events
        self.recognizable = recognizable
        let frames = events.compactMap { event -> FrameReference? in
            guard case .frame(let frame, _, _) = event.content else { return nil }
            return frame
        }
        // PTS to a millisecond, as events have them.
        interval = frames.last.map { $0.pts.milliseconds.rounded() / 1000 / Double(max(1, $0.number)) } ?? 0
    }

    /// Runs the pipeline over the footage, as fast as possible. Blocks until its end.
    /// - Parameter progress: called after each frame with the number of processed frames; from any thread.
    /// - Throws: `VisageError` if the footage cannot be played.
    package init(_ footage: any Footage, _ parts: TrackRunParts, progress: @escaping @Sendable (Int) -> Void) throws {
        let collector = RunCollector(progress: progress)
        let memory = UnknownMemory(
            UnknownSettings(), embedder: parts.embedder.origin, curve: parts.embedder.impostors,
            files: [footage.name], hasLiveCameras: false)
        var options = CameraPipeline.Options()
        (options.tracking.strongScore, options.tracking.weakScore) = (parts.scores.strong, parts.scores.weak)
        let classifier = parts.classifier
        let recognition = FaceRecognition(
            embeddings: EmbeddingQueue(embedder: parts.embedder, width: parts.concurrency), classifier: { classifier },
            unknowns: memory.camera(footage.name, isStart: true), rules: DecisionRules(parts.embedder.impostors))
        let pipeline = CameraPipeline(
            CameraPipeline.Parts(
                camera: footage.name, source: try footage.source(), detector: parts.detector,
                recognition: { recognition }, events: collector, recorder: nil, broadcaster: nil,
                cleanBroadcaster: collector, annotator: try Annotator(),
                log: Logger(label: "visage.tracks") { _ in SwiftLogNoOpLogHandler() }),
            options: options)
        let ended = DispatchSemaphore(value: 0)
        pipeline.start()
        pipeline.whenEnded { ended.signal() }
        ended.wait()
        if let failure = pipeline.failure { throw failure }
        self = collector.run
    }

    /// Whether a face was good enough to be recognized.
    /// - Parameter frame: number of the frame that shows it.
    package func isRecognizable(_ face: ShownFace, inFrame frame: Int) -> Bool {
        recognizable[frame]?.contains(face.face.box) ?? false
    }
}

/// Collects the events of a pipeline, and which of the faces it shows are good enough to be recognized. The pipeline hands
/// it each frame after that frame's events.
private final class RunCollector: EventSink, FrameBroadcaster {
    private struct Collected {
        var events: [CameraEvent] = []
        /// By frame number, the boxes of the faces that are good enough.
        var recognizable: [Int: [BoundingBox]] = [:]
    }

    let wantsFrames = true
    let hasViewers = true
    private let collected = Mutex(Collected())
    private let policy = EmbeddingPolicy()
    private let progress: @Sendable (Int) -> Void

    init(progress: @escaping @Sendable (Int) -> Void) { self.progress = progress }

    var run: TrackRun { collected.withLock { TrackRun(events: $0.events, recognizable: $0.recognizable) } }

    func publish(_ event: CameraEvent) {
        collected.withLock { $0.events.append(event) }
        if case .frame(let frame, _, _) = event.content { progress(frame.number + 1) }
    }

    func show(_ frame: Frame) {
        let event = collected.withLock { $0.events.last }
        guard case .frame(let reference, let faces, _) = event?.content, reference.number == frame.number else {
            return
        }
        let good = faces.map(\.face).filter { face in
            face.box.width >= TrackRun.minWidth && FaceQuality(of: face, in: frame.image).overall >= policy.minQuality
        }
        collected.withLock { $0.recognizable[frame.number] = good.map(\.box) }
    }
}
