import Capture
import Foundation
import Imaging
import Logging
import Pipeline
import Publishing
import Synchronization
import Tracking
import VisageCore

/// One camera with all that belongs to it alone. Made without touching what an earlier one of the same name may still
/// hold; sockets and camera are opened by `start`.
final class RunningCamera: Sendable {
    let plan: CameraPlan
    let source: any FrameSource
    let pipeline: CameraPipeline
    let recorder: Recorder?
    private let frames = FrameRelay()
    /// Without boxes and names.
    private let clean = FrameRelay()
    private let logger: Logger
    private let ended = Atomic(false)

    /// - Parameters:
    ///   - numbers: of its first track, and from one to the next
    ///   - isStart: of the daemon, which does without a live camera's recording rather than without the camera; a
    ///     changed configuration is refused instead.
    /// - Throws: `VisageError`: a file that cannot be played, a recording folder that cannot be written.
    init(_ plan: CameraPlan, shared: SharedParts, numbers: (first: Int, step: Int), isStart: Bool) throws {
        self.plan = plan
        logger = shared.logger
        let plain = try CameraSource.make(plan.entry)
        source = shared.decoration.source(plain)
        recorder = try Self.recorder(plan, isPatient: isStart && plain.isLive, logger: shared.logger)
        let detector = try shared.detector(plan.detection, for: (plain as? FileSource)?.info)
        var options = CameraPipeline.Options(returning: shared.returning)
        (options.tracking.strongScore, options.tracking.weakScore) = plan.detection.scores
        options.tracking.confirmAfter = plan.tracking.confirmAfter
        options.tracking.lostAfter = .seconds(plan.tracking.lostAfter)
        (options.firstTrack, options.trackStep) = numbers
        let gallery = shared.gallery
        pipeline = CameraPipeline(
            CameraPipeline.Parts(
                camera: plan.name, source: source, detector: detector, embeddings: shared.embeddings,
                classifier: { gallery.current }, unknowns: shared.unknowns.camera(plan.name, isStart: isStart),
                events: shared.events, recorder: recorder, broadcaster: frames, cleanBroadcaster: clean,
                annotator: shared.annotator, log: shared.logger),
            options: options)
    }

    /// Whether its pipeline has come to its end.
    var hasEnded: Bool {
        get { ended.load(ordering: .acquiring) }
        set { ended.store(newValue, ordering: .releasing) }
    }

    var feed: Event.Feed { Event.Feed(camera: plan.name, source: source.name, clean: plan.socket("clean")) }

    /// - Parameter fps: as counted lately
    func status(fps: Double, at now: MonotonicTime) -> Event.Status.Camera {
        let outage = pipeline.outage
        let standing = pipeline.statistics.standing
        var status = Event.Status.Camera(
            camera: plan.name, source: source.name, isUp: outage == nil, reason: outage, losses: pipeline.losses)
        status.fps = fps
        status.unrecorded = standing.unrecorded
        status.outagesLastHour = standing.outagesLastHour(at: now)
        if let captured = standing.captured {
            (status.width, status.height) = (standing.width, standing.height)
            status.ageMs = Int((now - captured).milliseconds.rounded())
        }
        if let recorder {
            status.recording = Event.Status.Recording(
                folder: recorder.folder.path, file: recorder.file,
                freeMB: FreeSpace.mebibytes(of: recorder.folder.path), problem: recorder.problem)
        }
        return status
    }

    /// Opens its sockets; who finds them later finds pictures soon.
    /// - Throws: `VisageError` if they cannot be opened; none is then.
    func open() async throws {
        let scaler = Scaler()
        do {
            // Photos to learn from are taken of the clean ones.
            for (kind, relay, quality) in [("frames", frames, plan.frames.jpegQuality), ("clean", clean, 95)] {
                guard let path = plan.socket(kind) else { continue }
                let server = try await FrameServer.start(at: path, logger: logger) {
                    try Photo.encode($0, as: .jpeg, quality: quality, scaler: scaler)
                }
                relay.set(server)
            }
        } catch {
            await close()
            throw error
        }
    }

    func close() async {
        await frames.shutdown()
        await clean.shutdown()
    }

    /// Why it ended, if it should not have.
    var failure: VisageError? {
        if let failure = pipeline.failure { return failure }
        return source.endedEarly.map { VisageError(.source, "\(source.name) ended before its time: \($0)") }
    }

    /// - Throws: `VisageError.unwritable`
    static func recorder(_ plan: CameraPlan, isPatient: Bool, logger: Logger) throws -> Recorder? {
        let recording = plan.recording
        guard recording.enabled else { return nil }
        return try Recorder(
            folder: URL(filePath: recording.folder, directoryHint: .isDirectory)
                .appending(path: plan.name, directoryHint: .isDirectory),
            settings: EncoderSettings(preset: recording.preset, crf: recording.crf),
            segmentLength: .seconds(recording.segmentMinutes * 60),
            retention: RecordingRetention(
                maxBytes: Int64(recording.keepMB) << 20, maxAge: .seconds(recording.keepDays * 86_400)),
            isPatient: isPatient, logger: logger)
    }
}
