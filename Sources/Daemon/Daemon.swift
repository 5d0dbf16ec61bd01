import CLinux
import Capture
import Detection
import Foundation
import Imaging
import Logging
import Pipeline
import Publishing
import Recognition
import ServiceLifecycle
import Tracking
import UnixSignals
import VisageCore

/// The composition root: everything that a configuration asks for, put together and run until told to stop or until
/// every camera has ended, as only files do.
public final class VisageDaemon: Sendable {
    public static let version = "0.1.0"

    private let configuration: Configuration
    private let hub: EventHub
    private let cameras: [Camera]
    private let statistics: StatisticsBoard
    private let logger: Logger

    /// A camera's parts before they are joined to a pipeline: its frame socket opens only when the daemon runs.
    private struct Camera: Sendable {
        let name: String
        let source: any FrameSource
        let recorder: Recorder?
        let pipeline: CameraPipeline
        let frames: FrameRelay
        /// Without boxes and names.
        let clean: FrameRelay
    }

    /// Once, before anything else.
    public static func prepareProcess() {
        // A subscriber that goes away in mid-write must not take the daemon with it.
        signal(SIGPIPE, SIG_IGN)
        // Twenty threads would keep twenty half-empty arenas.
        mallopt(M_ARENA_MAX, 2)
        FileLimit.raise()
    }

    /// Loads networks and gallery, opens sources, recordings and event log. Blocks for a second or so.
    /// - Throws: `VisageError` naming what cannot be used.
    public init(_ configuration: Configuration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        // What is quick to refuse comes first: loading networks takes a second.
        for path in Self.sockets(configuration) { _ = try UnixAddress(path) }
        let inputs = try configuration.cameras.map { entry in
            (
                entry, try CameraSource.make(entry),
                try Self.recorder(entry.name, configuration.recording, logger: logger)
            )
        }
        let networks = try Networks(configuration.inference, models: configuration.models)
        var options = YuNetDetector.Options()
        options.input = configuration.detection.input
        options.minimumScore = configuration.detection.weakScore
        let detector = try networks.detector(options)
        let embedder = try networks.embedder()
        let gallery = try GalleryInForce(path: configuration.gallery, embedder: embedder.origin, logger: logger)
        let embeddings = EmbeddingQueue(embedder: embedder, width: networks.concurrency)
        let annotator = try Annotator()

        let statistics = StatisticsBoard()
        hub = EventHub(
            log: try Self.openLog(configuration, logger: logger), version: Self.version,
            cameras: configuration.cameras.map(\.name),
            feeds: inputs.map { entry, source, _ in
                Event.Feed(
                    camera: entry.name, source: source.name,
                    clean: configuration.frames.folder.isEmpty
                        ? nil : Self.socket(configuration.frames, entry.name, "clean"))
            }, logger: logger, statsProvider: { statistics.events() })
        var cameras: [Camera] = []
        for (index, (entry, source, recorder)) in inputs.enumerated() {
            if let file = source as? FileSource {
                try detector.prepare(width: file.info.width, height: file.info.height)
            }
            let (frames, clean) = (FrameRelay(), FrameRelay())
            var pipelineOptions = CameraPipeline.Options()
            pipelineOptions.tracking.strongScore = configuration.detection.strongScore
            pipelineOptions.tracking.weakScore = configuration.detection.weakScore
            pipelineOptions.tracking.confirmAfter = configuration.tracking.confirmAfter
            pipelineOptions.tracking.lostAfter = .seconds(configuration.tracking.lostAfter)
            pipelineOptions.firstTrack = index + 1
            pipelineOptions.trackStep = configuration.cameras.count
            let pipeline = CameraPipeline(
                CameraPipeline.Parts(
                    camera: entry.name, source: source, detector: detector, embeddings: embeddings,
                    classifier: { gallery.current }, events: hub, recorder: recorder, broadcaster: frames,
                    cleanBroadcaster: clean,
                    annotator: annotator, log: logger),
                options: pipelineOptions)
            statistics.add(entry.name, pipeline, embeddings: embeddings, hub: hub)
            cameras.append(
                Camera(
                    name: entry.name, source: source, recorder: recorder, pipeline: pipeline, frames: frames,
                    clean: clean))
        }
        self.cameras = cameras
        self.statistics = statistics
    }

    /// How a camera does; nil if there is none of that name.
    public func statistics(of camera: String) -> PipelineStatistics? {
        cameras.first { $0.name == camera }?.pipeline.statistics
    }

    private static func sockets(_ configuration: Configuration) -> [String] {
        let frames = configuration.frames.folder
        return [configuration.events.socket]
            + (frames.isEmpty
                ? []
                : configuration.cameras.flatMap { camera in
                    ["frames", "clean"].map { socket(configuration.frames, camera.name, $0) }
                })
    }

    private static func socket(_ frames: Configuration.Frames, _ camera: String, _ kind: String) -> String {
        "\(frames.folder)/\(camera).\(kind).sock"
    }

    private static func openLog(_ configuration: Configuration, logger: Logger) throws -> EventLog {
        do {
            try FileManager.default.createDirectory(
                atPath: configuration.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch {
            throw VisageError(
                .unwritable, "The state folder \(configuration.state) cannot be made", cause: error.localizedDescription
            )
        }
        return try EventLog.openReplacingDamaged(
            at: configuration.state + "/events.db",
            retention: EventLog.Retention(
                age: .seconds(configuration.events.keepDays * 86_400), bytes: Int64(configuration.events.keepMB) << 20),
            logger: logger)
    }

    private static func recorder(
        _ camera: String, _ recording: Configuration.Recording, logger: Logger
    ) throws -> Recorder? {
        guard recording.enabled else { return nil }
        return try Recorder(
            folder: URL(filePath: recording.folder, directoryHint: .isDirectory)
                .appending(path: camera, directoryHint: .isDirectory),
            settings: EncoderSettings(preset: recording.preset, crf: recording.crf),
            segmentLength: .seconds(recording.segmentMinutes * 60),
            retention: RecordingRetention(
                maxBytes: Int64(recording.keepMB) << 20, maxAge: .seconds(recording.keepDays * 86_400)),
            logger: logger)
    }

    /// Serves until SIGTERM or SIGINT comes or every camera has ended; then finishes recordings, tells of the end of
    /// every track and gives subscribers a moment to read it.
    /// - Parameter signals: made earlier than this, they are obeyed from that moment on.
    /// - Throws: `VisageError`, also when a source failed or ended before its time.
    public func run(until signals: StopSignals? = nil) async throws {
        let signals = if let signals { signals } else { await StopSignals() }
        // The event socket comes last: who finds it finds the others too.
        let frameServers = try await startFrameServers()
        let server: EventServer
        do {
            server = try await EventServer.start(at: configuration.events.socket, hub: hub, logger: logger)
        } catch {
            for frames in frameServers { await frames.shutdown() }
            throw error
        }
        let pipelines = cameras.map(\.pipeline)
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: StatisticsService(board: statistics, hub: hub)),
                    // When the last camera has ended there is nothing left to serve.
                    .init(
                        service: CamerasService(pipelines: pipelines),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: StopService(signals: signals), successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                logger: logger))
        logger.notice(
            "visaged \(Self.version) runs: \(cameras.count) camera\(cameras.count == 1 ? "" : "s"), events on \(configuration.events.socket)"
        )
        let result: Result<Void, any Error>
        do {
            try await services.run()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        for frames in frameServers { await frames.shutdown() }
        await server.shutdown()
        hub.close()
        try result.get()
        try checkEndings()
    }

    private func startFrameServers() async throws -> [FrameServer] {
        guard !configuration.frames.folder.isEmpty else { return [] }
        let scaler = Scaler()
        var servers: [FrameServer] = []
        do {
            for camera in cameras {
                // Photos to learn from are taken of the clean ones.
                for (kind, relay, quality) in [
                    ("frames", camera.frames, configuration.frames.jpegQuality), ("clean", camera.clean, 95),
                ] {
                    let server = try await FrameServer.start(
                        at: Self.socket(configuration.frames, camera.name, kind), logger: logger
                    ) { try Photo.encode($0, as: .jpeg, quality: quality, scaler: scaler) }
                    servers.append(server)
                    relay.set(server)
                }
            }
        } catch {
            for server in servers { await server.shutdown() }
            throw error
        }
        return servers
    }

    private func checkEndings() throws {
        for camera in cameras {
            if let failure = camera.pipeline.failure { throw failure }
            if let reason = camera.source.endedEarly {
                throw VisageError(.source, "\(camera.source.name) ended before its time: \(reason)")
            }
        }
    }
}
