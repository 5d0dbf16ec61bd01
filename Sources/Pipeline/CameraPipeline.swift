import Decision
import Foundation
import Logging
import Synchronization
import Tracking
import VisageCore

/// One camera from capture to publication: four threads, a bounded channel before each of the later three.
///
/// Of a file nothing is skipped, and the result of an embedding applies exactly `policy.delay` frames after its job
/// was submitted, so that a file gives the same events at every run and pace.
///
/// Of a live camera the newest frame is taken when it can be processed at once, so that it waits in no channel; results
/// apply when they arrive, and frames that the recorder is too slow for are not recorded.
public final class CameraPipeline: Sendable {
    /// What a pipeline is made of. Shared parts are shared by all cameras.
    public struct Parts: Sendable {
        public var camera: String
        public var source: any FrameSource
        public var detector: any FaceDetector
        /// What faces are recognized by now; asked before each frame is decided on.
        public var recognition: @Sendable () -> FaceRecognition
        public var events: any EventSink
        public var recorder: (any FrameRecorder)?
        public var broadcaster: (any FrameBroadcaster)?
        /// Of frames as they are, without boxes and names.
        public var cleanBroadcaster: (any FrameBroadcaster)?
        public var annotator: Annotator
        public var log: Logger

        public init(
            camera: String, source: any FrameSource, detector: any FaceDetector,
            recognition: @escaping @Sendable () -> FaceRecognition, events: any EventSink,
            recorder: (any FrameRecorder)?,
            broadcaster: (any FrameBroadcaster)?, cleanBroadcaster: (any FrameBroadcaster)? = nil, annotator: Annotator,
            log: Logger
        ) {
            self.camera = camera
            self.source = source
            self.detector = detector
            self.recognition = recognition
            self.events = events
            self.recorder = recorder
            self.broadcaster = broadcaster
            self.cleanBroadcaster = cleanBroadcaster
            self.annotator = annotator
            self.log = log
        }
    }

    public struct Options: Sendable {
        public var tracking = Tracker.Options()
        public var embedding = EmbeddingPolicy()
        /// Of this camera's first track, and from one to the next.
        public var firstTrack = 1
        public var trackStep = 1

        public init() {}
    }

    /// Frames that may wait before a stage; more would only be memory and delay.
    private static let depth = 3
    /// Frames that may wait for the recorder, so that a live camera loses none while the disk is slow for a moment.
    private static let recordingDepth = 8

    private let parts: Parts
    private let options: Options
    private let captured = Channel<SourceEvent>(capacity: depth)
    private let detected = Channel<DecidingStage.Step>(capacity: depth)
    private let recorded = Channel<RecordingStep>(capacity: recordingDepth)
    private let running = DispatchGroup()
    /// Why the source is down; reported after the last track has ended.
    private let ending = Mutex<(reason: String?, failure: VisageError?)>((nil, nil))
    private let condition = SourceCondition()
    public let statistics = PipelineStatistics()
    /// Progress of source events through all stages, of events through the sink, and of frames through the recorder.
    /// Whether the source itself makes progress is judged by the source.
    private let processing = WorkMeter()
    private let publishing: WorkMeter
    private let recording = WorkMeter()

    public init(_ parts: Parts, options: Options) {
        let events = MeteredSink(base: parts.events)
        publishing = events.meter
        var parts = parts
        parts.events = events
        self.parts = parts
        self.options = options
    }

    /// Starts the threads; returns at once.
    public func start() {
        statistics.started()
        for (name, stage) in [
            ("capture", capture), ("detect", detect), ("decide", decide), ("record", record),
        ] as [(String, @Sendable () -> Void)] {
            running.enter()
            let thread = Thread { [running] in
                stage()
                running.leave()
            }
            thread.name = "\(parts.camera).\(name)".prefix(15).description
            thread.start()
        }
    }

    /// Asks the pipeline to end: frames on their way are finished, tracks are closed, the recording is completed.
    public func stop() {
        ending.withLock { if $0.reason == nil { $0.reason = "stopped" } }
        parts.source.cancel()
    }

    /// Why the source does not deliver now, for a person; nil while it does.
    public var outage: String? { condition.outage }

    /// What the source failed with, once the pipeline has ended.
    public var failure: VisageError? { ending.withLock { $0.failure } }

    /// The part that makes no progress, for a person; nil while all parts do.
    public func stall(at now: MonotonicTime, _ timeouts: PipelineTimeouts = PipelineTimeouts()) -> String? {
        if let problem = parts.source.stall(at: now) { return problem }
        for (meter, timeout, what) in [
            (publishing, timeouts.publishing, "the event log or the event socket does not take events"),
            (processing, timeouts.processing, "a frame does not come through detection and decision"),
            (recording, timeouts.recording, "the recording does not take frames"),
        ] {
            if meter.stall(at: now) > timeout { return what }
        }
        if let work = parts.recorder?.work, work.stall(at: now) > timeouts.recording {
            return "the recording does not take the camera's packets"
        }
        return nil
    }

    /// Frames that the source lost before they reached the pipeline, since the start.
    public var losses: SourceLosses { parts.source.losses }

    /// Calls `body` once the pipeline has ended, by itself or stopped.
    public func whenEnded(_ body: @escaping @Sendable () -> Void) {
        running.notify(queue: .global(), execute: body)
    }

    @Sendable private func capture() {
        defer { captured.close() }
        do {
            while let event = try statistics.timed(.capture, nextEvent) {
                if case .frame = event { statistics.captured() }
                processing.begin()
                guard captured.send(event) else { break }
            }
            let reason = parts.source.endedEarly.map { "the source ended before its time: \($0)" }
            ending.withLock { if $0.reason == nil { $0.reason = reason ?? "the source has ended" } }
        } catch {
            parts.log.error("\(error)", metadata: ["camera": "\(parts.camera)"])
            let failure = error as? VisageError ?? VisageError(.source, "The source failed", cause: "\(error)")
            ending.withLock { $0 = ("\(error)", failure) }
        }
    }

    private func nextEvent() throws -> SourceEvent? {
        if parts.source.isLive { captured.waitForReader() }
        return try parts.source.next()
    }

    @Sendable private func detect() {
        DetectingStage(
            parts: parts, statistics: statistics, processing: processing, captured: captured, detected: detected
        ).run()
    }

    @Sendable private func decide() {
        defer { recorded.close() }
        var stage = DecidingStage(
            parts, options: options, statistics: statistics, condition: condition, recorded: recorded,
            recording: recording)
        while let step = detected.receive() {
            defer { processing.end() }
            stage.take(step)
        }
        stage.finish(because: ending.withLock { $0.reason })
    }

    @Sendable private func record() {
        while let recorded = recorded.receive() {
            defer { recording.end() }
            switch recorded {
            case .frame(let frame, let position):
                statistics.timed(.encode) { parts.recorder?.write(frame, at: position) }
            case .faces(let faces, let position): parts.recorder?.note(faces, at: position)
            case .interruption: parts.recorder?.complete()
            }
        }
        parts.recorder?.finish()
        statistics.ended()
    }
}
