import Capture
import Events
import Foundation
import Imaging
import Logging
import Pipeline
import Publishing
import Synchronization
import VisageConfiguration
import VisageCore

/// One camera with all that belongs to it alone.
///
/// It is made without touching what an earlier camera of the same name may still use: `open` opens the sockets, and the
/// pipeline opens the camera when it starts.
package final class RunningCamera: Sendable {
    package let plan: CameraPlan
    package let source: any FrameSource
    package let pipeline: CameraPipeline
    package let recorder: Recorder?
    package let numbers: TrackNumbers
    private let relays: [FrameSocketKind: FrameRelay]
    private let logger: Logger
    private let ended = Atomic(false)

    /// - Parameters:
    ///   - numbers: of its tracks; no other camera of the run has them.
    ///   - isStart: whether the daemon is starting. A live camera then runs even if its recording folder cannot be
    ///     written; a reload with such a folder is refused instead.
    /// - Throws: `VisageError`: a file that cannot be played, a recording folder that cannot be written.
    init(_ plan: CameraPlan, shared: SharedParts, numbers: TrackNumbers, isStart: Bool) throws {
        self.plan = plan
        self.numbers = numbers
        logger = shared.logger
        let undecorated = try CameraSource.make(plan.camera)
        source = shared.decoration.source(undecorated)
        recorder = try plan.recording.recorder(
            for: plan.name, mode: plan.recordingMode, retriesFolder: isStart && undecorated.isLive, clock: shared.clock,
            logger: shared.logger)
        if plan.recordingMode == .copy, let recorder { (undecorated as? LiveSource)?.copyPackets(to: recorder) }
        let detector = try shared.detector(plan.detection, for: (undecorated as? FileSource)?.info)
        var options = CameraPipeline.Options()
        options.tracking = plan.tracking.options(with: plan.detection)
        (options.firstTrack, options.trackStep) = (numbers.first, numbers.step)
        let (annotated, clean) = (FrameRelay(), FrameRelay())
        relays = [.annotated: annotated, .clean: clean]
        let (name, gallery, unknowns) = (plan.name, shared.gallery, shared.unknowns)
        pipeline = CameraPipeline(
            CameraPipeline.Parts(
                camera: plan.name, source: source, detector: detector,
                recognition: { gallery.embedder.recognition(for: name, isStart: isStart, unknowns: unknowns) },
                events: shared.events, recorder: recorder, broadcaster: annotated, cleanBroadcaster: clean,
                annotator: shared.annotator, log: shared.logger),
            options: options)
    }

    /// Whether its pipeline has ended.
    var hasEnded: Bool {
        get { ended.load(ordering: .acquiring) }
        set { ended.store(newValue, ordering: .releasing) }
    }

    /// Why it ended, if it ended before it should have.
    var failure: VisageError? {
        if let failure = pipeline.failure { return failure }
        return source.endedEarly.map { VisageError(.source, "\(source.name) ended before its time: \($0)") }
    }

    /// What the events' `hello` says about the camera.
    var feed: Event.Feed { Event.Feed(camera: plan.name, source: source.name, clean: plan.socket(.clean)) }

    /// What the `status` event says about the camera.
    /// - Parameter fps: as measured last, in frames a second.
    func status(fps: Double, at now: MonotonicTime) -> Event.Status.Camera {
        let outage = pipeline.outage
        let standing = pipeline.statistics.standing
        var status = Event.Status.Camera(
            camera: plan.name, source: source.name, isUp: outage == nil, reason: outage, losses: pipeline.losses)
        status.fps = fps
        status.unrecorded = standing.unrecorded
        status.outagesLastHour = standing.outagesLastHour(at: now)
        let totals = standing.totals
        status.totals = Event.Status.Totals(
            frames: totals.frames, faces: totals.faces, embeddings: totals.embeddings,
            latencyBoundsMs: PipelineTotals.latencyBounds, latencies: totals.latencies,
            latencySumMs: totals.latencySum.rounded())
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

    /// Opens its frame sockets.
    /// - Throws: `VisageError` if one of them cannot be opened; then none is open.
    func open() async throws {
        let scaler = Scaler()
        do {
            for kind in FrameSocketKind.allCases {
                guard let path = plan.socket(kind), let relay = relays[kind] else { continue }
                let quality = plan.frames.jpegQuality(of: kind)
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

    /// Closes its frame sockets.
    func close() async { for relay in relays.values { await relay.shutdown() } }
}
