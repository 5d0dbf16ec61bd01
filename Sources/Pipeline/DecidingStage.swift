import Decision
import Foundation
import Imaging
import Logging
import VisageCore

/// What the recorder is given, in order.
enum RecordingStep: Sendable {
    case frame(Frame, RecordingPosition)
    /// What is to be seen on a frame that is recorded by another way.
    case faces([ShownFace], RecordingPosition)
    /// An outage: the frames that follow do not continue those before.
    case interruption
}

/// The third stage of a camera: tracks faces, decides who they are, publishes events, and passes annotated frames on. Used
/// by one thread.
struct DecidingStage {
    /// The input of the stage, in the order in which it happened.
    enum Step: Sendable {
        case detected(Detected)
        case outage(Outage)
    }

    struct Detected: Sendable {
        let frame: Frame
        let faces: [Face]
        let isCut: Bool
    }

    /// For how long embeddings that are under way at an outage of a live source are waited for, all together.
    private static let drainTimeout = Duration.milliseconds(300)

    private let parts: CameraPipeline.Parts
    private let options: CameraPipeline.Options
    private let statistics: PipelineStatistics
    private let condition: SourceCondition
    private let recorded: Channel<RecordingStep>
    /// Frames on their way to the recording.
    private let recording: WorkMeter
    /// The embedder, gallery and rules that `decider` and `jobs` use.
    private var recognition: FaceRecognition
    private var decider: Decider
    private var jobs = JobsInFlight()
    private var pools = PixelBufferPools()
    /// nil while the source is down.
    private var last: (frame: Frame, position: RecordingPosition?)?

    init(
        _ parts: CameraPipeline.Parts, options: CameraPipeline.Options, statistics: PipelineStatistics,
        condition: SourceCondition, recorded: Channel<RecordingStep>, recording: WorkMeter
    ) {
        self.parts = parts
        self.options = options
        self.statistics = statistics
        self.condition = condition
        self.recorded = recorded
        self.recording = recording
        recognition = parts.recognition()
        decider = Self.decider(options, recognition, firstNumber: options.firstTrack)
    }

    private static func decider(
        _ options: CameraPipeline.Options, _ recognition: FaceRecognition, firstNumber: Int
    ) -> Decider {
        Decider(
            tracking: options.tracking, policy: options.embedding, rules: recognition.rules, firstNumber: firstNumber,
            numberStep: options.trackStep, classifier: recognition.classifier, unknowns: recognition.unknowns)
    }

    mutating func take(_ step: Step) {
        switch step {
        case .detected(let detected): decide(on: detected)
        case .outage(let outage):
            endTracks()
            report(outage)
            parts.recorder?.interrupt()
            recording.begin()
            recorded.send(.interruption)
        }
    }

    /// Ends all tracks and reports the end of the source.
    mutating func finish(because reason: String?) {
        endTracks()
        condition.isDown(because: reason)
        publish(.sourceEnded(reason: reason), at: Date())
    }

    private mutating func decide(on detected: Detected) {
        let frame = detected.frame
        adopt(parts.recognition())
        if last == nil { reportUp(with: frame) }
        let requests = decider.advance(detected.faces, frame: frame, isCut: detected.isCut)
        let results = parts.source.isLive ? jobs.finished() : jobs.due(at: frame.number)
        for result in results { take(result) }
        for request in requests where jobs.count < options.embedding.inFlight {
            decider.submitted(request, at: frame.pts)
            jobs.add(
                .init(
                    job: recognition.embeddings.submit(request.face, of: frame, statistics), request: request,
                    frame: frame,
                    dueAt: frame.number + (request.isUrgent ? options.embedding.firstDelay : options.embedding.delay)))
        }
        let position = parts.recorder?.position(of: frame)
        publish(decider.settle(frame), of: frame, at: position)
        let shown = decider.shown()
        if parts.events.wantsFrames { publish(.frame(FrameReference(frame), shown, position), at: frame.wall) }
        show(frame, shown, position)
        statistics.published(frame)
        last = (frame, position)
    }

    /// Where another embedder has come into use, ends all tracks: what is known of their faces cannot be compared with what
    /// the new one says of them. Embeddings that are under way are dropped. Faces that are still there get new tracks.
    private mutating func adopt(_ new: FaceRecognition) {
        guard new.generation != recognition.generation else { return }
        jobs = JobsInFlight()
        closeTracks()
        recognition = new
        decider = Self.decider(options, new, firstNumber: decider.nextNumber)
    }

    /// Ends all tracks, as at an outage.
    private mutating func endTracks() {
        if parts.source.isLive {
            // Embeddings that are nearly done still count, but subscribers do not wait for one that hangs before they are
            // told of the outage.
            jobs.wait(until: .now + Self.drainTimeout)
            for result in jobs.finished() { take(result) }
            jobs = JobsInFlight()
        } else {
            for result in jobs.all() { take(result) }
        }
        closeTracks()
        last = nil
    }

    /// Publishes what is still to be said of all tracks, and their end.
    private mutating func closeTracks() {
        guard let last else { return }
        publish(decider.settle(last.frame), of: last.frame, at: last.position)
        publish(decider.finish(last.frame), of: last.frame, at: last.position)
    }

    private mutating func take(_ result: JobsInFlight.Entry) {
        switch result.job.wait() {
        case .success(let sample): decider.take(sample, for: result.request, in: result.frame)
        case .failure(let error):
            parts.log.warning("A face could not be embedded: \(error)", metadata: ["camera": "\(parts.camera)"])
            decider.take(nil, for: result.request, in: result.frame)
        }
    }

    private func reportUp(with frame: Frame) {
        condition.isUp()
        parts.log.notice(
            "\(parts.source.name) delivers: \(frame.image.width)x\(frame.image.height)",
            metadata: ["camera": "\(parts.camera)", "event": "source.up"])
        publish(.sourceUp, at: frame.wall)
    }

    private func report(_ outage: Outage) {
        parts.log.warning(
            "\(parts.source.name): \(outage.reason); attempt \(outage.attempt), next in \(Int(outage.retryIn.milliseconds)) ms",
            metadata: ["camera": "\(parts.camera)", "event": "source.down"])
        if condition.isDown(because: outage.reason) { statistics.wentDown() }
        publish(.sourceDown(outage), at: Date())
    }

    private func publish(_ events: [TrackEvent], of frame: Frame, at position: RecordingPosition?) {
        for event in events { publish(.track(event, position), at: frame.wall) }
    }

    private func publish(_ content: CameraEvent.Content, at time: Date) {
        parts.events.publish(CameraEvent(camera: parts.camera, time: time, content))
    }

    private mutating func show(_ frame: Frame, _ shown: [ShownFace], _ position: RecordingPosition?) {
        if let clean = parts.cleanBroadcaster, clean.hasViewers { clean.show(frame) }
        let hasViewers = parts.broadcaster?.hasViewers ?? false
        let copies = parts.recorder?.copiesPackets ?? false
        if copies {
            note(shown, position)
            guard hasViewers else { return }
        }
        guard hasViewers || position != nil else { return }
        let annotated = Frame(
            number: frame.number, pts: frame.pts, captured: frame.captured, wall: frame.wall,
            image: statistics.timed(.draw) {
                parts.annotator.annotate(
                    frame.image, with: shown.map { FaceMark($0) },
                    pool: pools.pool(width: frame.image.width, height: frame.image.height))
            })
        if hasViewers { parts.broadcaster?.show(annotated) }
        guard let position, !copies else { return }
        recording.begin()
        if !parts.source.isLive {
            recorded.send(.frame(annotated, position))
        } else if !recorded.offer(.frame(annotated, position)) {
            recording.withdraw()
            statistics.unrecorded()
        }
    }

    /// The frame itself is recorded as the packet that it came in.
    private func note(_ shown: [ShownFace], _ position: RecordingPosition?) {
        statistics.unrecorded(parts.recorder?.takeLostPackets() ?? 0)
        guard let position else { return }
        recording.begin()
        if !recorded.offer(.faces(shown, position)) { recording.withdraw() }
    }
}
