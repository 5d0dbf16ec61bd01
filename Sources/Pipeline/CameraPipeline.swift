import Foundation
import Logging
import Recognition
import Synchronization
import Tracking
import VisageCore

/// One camera from capture to publication: four threads, a bounded channel before each of the later three.
///
/// Of a file nothing is skipped, and the result of an embedding applies exactly `policy.delay` frames after its job
/// was submitted, so that a file gives the same events at every run and pace.
///
/// Of a live camera the newest frame is taken when it can be looked at and decided on at once, and waits nowhere on the
/// way; results apply when they come, and frames that the recorder has no time for are not recorded.
public final class CameraPipeline: Sendable {
    /// What a pipeline is made of. Shared parts are shared by all cameras.
    public struct Parts: Sendable {
        public var camera: String
        public var source: any FrameSource
        public var detector: any FaceDetector
        public var embeddings: EmbeddingQueue
        /// The gallery now in force.
        public var classifier: @Sendable () -> (classifier: any IdentityClassifier, threshold: Double)?
        public var events: any EventSink
        public var recorder: (any FrameRecorder)?
        public var broadcaster: (any FrameBroadcaster)?
        /// Of frames as they are, without boxes and names.
        public var cleanBroadcaster: (any FrameBroadcaster)?
        public var annotator: Annotator
        public var log: Logger

        public init(
            camera: String, source: any FrameSource, detector: any FaceDetector, embeddings: EmbeddingQueue,
            classifier: @escaping @Sendable () -> (classifier: any IdentityClassifier, threshold: Double)?,
            events: any EventSink, recorder: (any FrameRecorder)?, broadcaster: (any FrameBroadcaster)?,
            cleanBroadcaster: (any FrameBroadcaster)? = nil, annotator: Annotator, log: Logger
        ) {
            self.camera = camera
            self.source = source
            self.detector = detector
            self.embeddings = embeddings
            self.classifier = classifier
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
    /// Frames that may wait for the recorder; of a live camera these bridge its hesitations.
    private static let recordingDepth = 8

    private struct Detected: Sendable {
        let frame: Frame
        let faces: [Face]
        let isCut: Bool
    }

    /// What the deciding stage is told, in the order in which it happened.
    private enum Step: Sendable {
        case detected(Detected)
        case outage(Outage)
    }

    private enum Recorded: Sendable {
        case frame(Frame, RecordingPosition)
        case interruption
    }

    private let parts: Parts
    private let options: Options
    private let captured = Channel<SourceNews>(capacity: depth)
    private let detected = Channel<Step>(capacity: depth)
    private let recorded = Channel<Recorded>(capacity: recordingDepth)
    private let running = DispatchGroup()
    /// Why the source is down; told after the last track has ended.
    private let ending = Mutex<(reason: String?, failure: VisageError?)>((nil, nil))
    /// Why the source does not deliver; nil while it does.
    private let down = Mutex<String?>("starting")
    public let statistics = PipelineStatistics()
    /// News on its way from the source to publication, frames on theirs to the recording, and `next` of a file.
    private let news = WorkMeter()
    private let recording = WorkMeter()
    private let reading = WorkMeter()

    /// Nothing on the way to publication takes so long, not even the first frame of a new size, for which the detector's
    /// network is made anew.
    private static let newsPatience = Duration.seconds(8)
    /// What embeddings under way get when a live source goes.
    private static let farewell = Duration.milliseconds(300)
    /// Disks may hesitate.
    private static let recordingPatience = Duration.seconds(30)
    /// A file on a network may, too, and its frames may lie far apart.
    private static let readingPatience = Duration.seconds(60)

    public init(_ parts: Parts, options: Options) {
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
    public var outage: String? { down.withLock { $0 } }

    /// What the source failed with, once the pipeline has ended.
    public var failure: VisageError? { ending.withLock { $0.failure } }

    /// What hangs in it, for a person; nil while all of it moves on.
    public func standstill(at now: MonotonicTime) -> String? {
        if let problem = parts.source.standstill(at: now) { return problem }
        for (meter, patience, what) in [
            (news, Self.newsPatience, "a frame does not come through detection and decision"),
            (recording, Self.recordingPatience, "the recording does not take frames"),
            (reading, Self.readingPatience, "the file does not give frames"),
        ] {
            if meter.standstill(at: now) > patience { return what }
        }
        return nil
    }

    /// Frames that the source had and that did not come here, since the start.
    public var losses: SourceLosses { parts.source.losses }

    /// Calls `body` once the pipeline has ended, by itself or stopped.
    public func whenEnded(_ body: @escaping @Sendable () -> Void) {
        running.notify(queue: .global(), execute: body)
    }

    @Sendable private func capture() {
        defer { captured.close() }
        do {
            while let news = try statistics.timed(.capture, nextNews) {
                if case .frame = news { statistics.captured() }
                self.news.begin()
                guard captured.send(news) else { break }
            }
            let reason = parts.source.endedEarly.map { "the source ended before its time: \($0)" }
            ending.withLock { if $0.reason == nil { $0.reason = reason ?? "the source has ended" } }
        } catch {
            parts.log.error("\(error)", metadata: ["camera": "\(parts.camera)"])
            let failure = error as? VisageError ?? VisageError(.source, "The source failed", cause: "\(error)")
            ending.withLock { $0 = ("\(error)", failure) }
        }
    }

    private func nextNews() throws -> SourceNews? {
        if parts.source.isLive {
            captured.waitForReader()
        } else {
            reading.begin()
        }
        defer { if !parts.source.isLive { reading.end() } }
        return try parts.source.next()
    }

    @Sendable private func detect() {
        defer { detected.close() }
        var cuts = SceneCut()
        while true {
            if parts.source.isLive { detected.waitForReader() }
            guard let news = captured.receive() else { break }
            switch news {
            case .opened(let what):
                parts.log.notice("\(parts.source.name) is open: \(what)", metadata: ["camera": "\(parts.camera)"])
                self.news.end()
            case .outage(let outage):
                cuts = SceneCut()
                guard detected.send(.outage(outage)) else { return }
            case .frame(let frame):
                let isCut = cuts.isCut(frame.image)
                var faces: [Face] = []
                do {
                    faces = try statistics.timed(.detect) { try parts.detector.detect(in: frame.image) }
                } catch {
                    parts.log.warning(
                        "Faces could not be looked for: \(error)", metadata: ["camera": "\(parts.camera)"])
                }
                guard detected.send(.detected(Detected(frame: frame, faces: faces, isCut: isCut))) else { return }
            }
        }
    }

    /// What the deciding stage keeps from one frame to the next.
    private struct Deciding {
        var decider: Decider
        var jobs = JobsInFlight()
        var pools = PixelBufferPools()
        /// nil while the source is down.
        var last: (frame: Frame, position: RecordingPosition?)?
    }

    @Sendable private func decide() {
        defer { recorded.close() }
        var state = Deciding(
            decider: Decider(
                camera: parts.camera, tracking: options.tracking, policy: options.embedding,
                firstNumber: options.firstTrack, numberStep: options.trackStep, classifier: parts.classifier))
        while let step = detected.receive() {
            defer { news.end() }
            switch step {
            case .detected(let detected): decide(on: detected, &state)
            case .outage(let outage):
                endTracks(&state)
                say(outage)
                parts.recorder?.interrupt()
                recording.begin()
                recorded.send(.interruption)
            }
        }
        endTracks(&state)
        sayDown()
    }

    private func decide(on detected: Detected, _ state: inout Deciding) {
        let frame = detected.frame
        if state.last == nil {
            down.withLock { $0 = nil }
            parts.log.notice(
                "\(parts.source.name) delivers: \(frame.image.width)x\(frame.image.height)",
                metadata: ["camera": "\(parts.camera)", "event": "source.up"])
            parts.events.publish(Event(.sourceUp, time: frame.wall, camera: parts.camera))
        }
        let requests = state.decider.advance(detected.faces, frame: frame, isCut: detected.isCut)
        let results = parts.source.isLive ? state.jobs.finished() : state.jobs.due(at: frame.number)
        for (track, job) in results { take(job, for: track, &state.decider) }
        for request in requests where state.jobs.count < options.embedding.inFlight {
            state.decider.submitted(request, at: frame.pts)
            state.jobs.add(
                parts.embeddings.submit(request.face, of: frame, statistics), for: request.track,
                dueAt: frame.number + options.embedding.delay)
        }
        let position = parts.recorder?.position(of: frame)
        publish(state.decider.settle(frame), at: position)
        let shown = state.decider.shown()
        if parts.events.wantsFrames { publish([faces(shown, in: frame)], at: position) }
        show(frame, shown, position, &state.pools)
        statistics.published(frame)
        state.last = (frame, position)
    }

    /// As when the source goes.
    private func endTracks(_ state: inout Deciding) {
        if parts.source.isLive {
            // What is nearly done still counts, but the news that the source has gone does not wait for what hangs.
            let limit = MonotonicTime.now + Self.farewell
            repeat {
                for (track, job) in state.jobs.finished() { take(job, for: track, &state.decider) }
                guard state.jobs.count > 0 else { break }
                Thread.sleep(forTimeInterval: 0.005)
            } while MonotonicTime.now < limit
            state.jobs = JobsInFlight()
        } else {
            for (track, job) in state.jobs.all() { take(job, for: track, &state.decider) }
        }
        guard let last = state.last else { return }
        publish(state.decider.settle(last.frame), at: last.position)
        publish(state.decider.finish(last.frame), at: last.position)
        state.last = nil
    }

    private func say(_ outage: Outage) {
        parts.log.warning(
            "\(parts.source.name): \(outage.reason); attempt \(outage.attempt), next in \(Int(outage.retryIn.milliseconds)) ms",
            metadata: ["camera": "\(parts.camera)", "event": "source.down"])
        let wasUp = down.withLock { down in
            defer { down = outage.reason }
            return down == nil
        }
        if wasUp { statistics.wentDown() }
        var event = Event(.sourceDown, time: Date(), camera: parts.camera)
        event.reason = outage.reason
        event.attempt = outage.attempt
        event.retryInMs = Int(outage.retryIn.milliseconds)
        parts.events.publish(event)
    }

    /// The last word.
    private func sayDown() {
        var event = Event(.sourceDown, time: Date(), camera: parts.camera)
        event.reason = ending.withLock { $0.reason }
        down.withLock { $0 = event.reason }
        parts.events.publish(event)
    }

    private func take(_ job: EmbeddingJob, for track: Int, _ decider: inout Decider) {
        switch job.wait() {
        case .success(let sample):
            decider.take(sample, for: track)
        case .failure(let error):
            parts.log.warning("A face could not be embedded: \(error)", metadata: ["camera": "\(parts.camera)"])
            decider.take(nil, for: track)
        }
    }

    private func publish(_ events: [Event], at position: RecordingPosition?) {
        for var event in events {
            event.recording = position
            parts.events.publish(event)
        }
    }

    private func faces(_ shown: [ShownFace], in frame: Frame) -> Event {
        var event = Event(.frame, time: frame.wall, camera: parts.camera)
        event.frame = Event.FrameReference(frame)
        event.faces = shown.map {
            Event.FaceInFrame(
                track: $0.number, box: Event.coordinates($0.face.box), score: Event.rounded($0.face.score),
                identity: $0.verdict?.identity)
        }
        return event
    }

    private func show(
        _ frame: Frame, _ shown: [ShownFace], _ position: RecordingPosition?, _ pools: inout PixelBufferPools
    ) {
        if let clean = parts.cleanBroadcaster, clean.isWatched { clean.show(frame) }
        let isWatched = parts.broadcaster?.isWatched ?? false
        guard isWatched || position != nil else { return }
        let annotated = Frame(
            number: frame.number, pts: frame.pts, captured: frame.captured, wall: frame.wall,
            image: parts.annotator.annotate(
                frame.image, with: shown.map { Annotator.Mark(box: $0.face.box, verdict: $0.verdict) },
                pool: pools.pool(width: frame.image.width, height: frame.image.height)))
        if isWatched { parts.broadcaster?.show(annotated) }
        guard let position else { return }
        recording.begin()
        if !parts.source.isLive {
            recorded.send(.frame(annotated, position))
        } else if !recorded.offer(.frame(annotated, position)) {
            recording.withdraw()
            statistics.unrecorded()
        }
    }

    @Sendable private func record() {
        while let recorded = recorded.receive() {
            defer { recording.end() }
            switch recorded {
            case .frame(let frame, let position):
                statistics.timed(.encode) { parts.recorder?.write(frame, at: position) }
            case .interruption: parts.recorder?.complete()
            }
        }
        parts.recorder?.finish()
        statistics.ended()
    }
}

/// The buffer pool for the size of frame that a camera has now.
struct PixelBufferPools {
    private var current: PixelBufferPool?

    mutating func pool(width: Int, height: Int) -> PixelBufferPool {
        if let current, current.width == width, current.height == height { return current }
        let pool = PixelBufferPool(width: width, height: height)
        current = pool
        return pool
    }
}
