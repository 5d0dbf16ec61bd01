import CLinux
import Detection
import Foundation
import Imaging
import Logging
import Pipeline
import Publishing
import Recognition
import ServiceLifecycle
import Synchronization
import UnixSignals
import Unknowns
import VisageCore

/// The composition root: everything that a configuration asks for, put together and run until told to stop or until
/// every camera has ended, as only files do.
public final class VisageDaemon: Sendable {
    public static let version = "0.1.0"

    /// What is in force; a reload changes it.
    private let configuration: Mutex<Configuration>
    private let hub: EventHub
    private let cameras: CameraSet
    private let shared: SharedParts
    private let statistics: StatisticsBoard
    private let unknowns: UnknownKeeper
    private let manager = ServiceManager()
    private let logger: Logger

    /// Once, before anything else.
    public static func prepareProcess() {
        // A subscriber that goes away in mid-write must not take the daemon with it.
        signal(SIGPIPE, SIG_IGN)
        // Twenty threads would keep twenty half-empty arenas.
        mallopt(M_ARENA_MAX, 2)
        FileLimit.raise()
    }

    /// Loads networks and gallery, opens files, recordings and event log. Blocks for a second or so.
    /// - Throws: `VisageError` naming what cannot be used.
    public convenience init(_ configuration: Configuration, logger: Logger) throws {
        try self.init(configuration, logger: logger, decoration: Decoration())
    }

    package init(_ configuration: Configuration, logger: Logger, decoration: Decoration) throws {
        self.configuration = Mutex(configuration)
        self.logger = logger
        // What is quick to refuse comes first: loading networks takes a second.
        let plans = CameraPlan.all(configuration)
        for path in [configuration.events.socket] + plans.flatMap({ [$0.socket("frames"), $0.socket("clean")] }) {
            if let path { _ = try UnixAddress(path) }
        }
        var sources: [(name: String, isFile: Bool)] = []
        for plan in plans {
            let source = try CameraSource.make(plan.entry)
            sources.append((plan.name, !source.isLive))
            if !source.isLive { _ = try RunningCamera.recorder(plan, isPatient: false, logger: logger) }
        }
        let networks = try Networks(configuration.inference, models: configuration.models)
        let detectors = DetectorShelf(networks: networks)
        for plan in plans { _ = try detectors.detector(plan.detection) }
        let embedder = try networks.embedder(galleryAt: configuration.gallery)
        let gallery = try GalleryInForce(path: configuration.gallery, embedder: embedder.origin, logger: logger)
        let statistics = StatisticsBoard()
        // From here on something is left behind: all else is known to be good.
        hub = EventHub(
            log: try Self.openLog(configuration, logger: logger), version: Self.version,
            cameras: plans.map(\.name), logger: logger, statsProvider: { statistics.events() })
        unknowns = try UnknownKeeper(
            configuration.unknown.keep ? configuration.unknownFolder : nil, settings: configuration.unknownSettings,
            embedder: embedder.origin, curve: embedder.impostors, cameras: sources, logger: logger)
        shared = try SharedParts(
            detectors: detectors,
            embeddings: EmbeddingQueue(embedder: decoration.embedder(embedder), width: networks.concurrency),
            returning: Returning(embedder.impostors), gallery: gallery, unknowns: unknowns.memory, events: hub,
            decoration: decoration, logger: logger)
        cameras = try CameraSet(plans, shared: shared, hub: hub, statistics: statistics)
        self.statistics = statistics
        let (cameras, started, memory) = (cameras, Event.format(Date()), unknowns.memory)
        let (engine, embedderID) = (networks.description, embedder.origin.id)
        hub.provideStatus {
            let speeds = statistics.events().reduce(into: [:]) { $0[$1.camera ?? ""] = $1.stats?.fps }
            let detector = cameras.cameras.first?.plan.detection.detector ?? .yunet
            return Event.Status(
                started: started, engine: engine, models: ["detector": detector.galleryID, "embedder": embedderID],
                cameras: cameras.cameras.map { $0.status(fps: speeds[$0.plan.name] ?? 0, at: .now) },
                gallery: gallery.summary.map {
                    Event.Status.Gallery(path: $0.path, people: $0.people, threshold: Event.rounded($0.threshold))
                },
                unknown: Event.Status.Unknown(memory.counts, memory.rule))
        }
    }

    /// How a camera does; nil if there is none of that name.
    public func statistics(of camera: String) -> PipelineStatistics? {
        cameras.cameras.first { $0.plan.name == camera }?.pipeline.statistics
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

    /// Serves until SIGTERM or SIGINT comes or every camera has ended; then finishes recordings, tells of the end of
    /// every track and gives subscribers a moment to read it.
    /// - Parameters:
    ///   - signals: made earlier than this, they are obeyed from that moment on.
    ///   - reload: what SIGHUP does; nil: nothing
    /// - Throws: `VisageError`, also when a source failed or ended before its time.
    public func run(until signals: StopSignals? = nil, reload: ReloadSignals? = nil) async throws {
        let signals = if let signals { signals } else { await StopSignals() }
        // The event socket comes last: who finds it finds the others too.
        try await cameras.open()
        let server: EventServer
        do {
            server = try await serveEvents()
        } catch {
            await cameras.close()
            throw error
        }
        let result: Result<Void, any Error>
        do {
            try await services(until: signals, reload: reload).run()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        manager.stopping()
        await cameras.close()
        unknowns.close()
        hub.flush()
        await server.shutdown()
        hub.close()
        try result.get()
        for camera in cameras.cameras { if let failure = camera.failure { throw failure } }
    }

    /// Takes over another configuration while running.
    /// - Throws: `VisageError` if it cannot be used; all stays as it was then.
    func apply(_ new: Configuration) async throws {
        let old = configuration.withLock { $0 }
        let plans = CameraPlan.all(new)
        for path in plans.flatMap({ [$0.socket("frames"), $0.socket("clean")] }) {
            if let path { _ = try UnixAddress(path) }
        }
        try shared.gallery.load(new.gallery)
        do {
            try await cameras.apply(plans)
        } catch {
            // It was good before.
            if old.gallery != new.gallery { try? shared.gallery.load(old.gallery) }
            throw error
        }
        ServiceLog.setLevel(new.log.level)
        configuration.withLock { $0 = new }
        for key in new.fixedKeys(changedFrom: old) {
            logger.warning("`\(key)` has changed; that takes effect when the daemon is restarted")
        }
    }

    private func serveEvents() async throws -> EventServer {
        let (path, inherited) = (configuration.withLock { $0.events.socket }, manager.socket(named: "events"))
        let server = try await EventServer.start(at: path, inherited: inherited, hub: hub, logger: logger)
        // Who has waited at the socket since before we were started is to hear of everything: these are let in first.
        if inherited != nil { try? await Task.sleep(for: EventServer.Limits().requestWait * 2) }
        return server
    }

    private func services(until signals: StopSignals, reload: ReloadSignals?) -> ServiceGroup {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: StatisticsService(board: statistics, hub: hub)),
            .init(
                service: WatchService(
                    manager: manager, cameras: cameras, embeddings: shared.embeddings, hub: hub,
                    gallery: shared.gallery, logger: logger)),
            // When the last camera has ended there is nothing left to serve.
            .init(service: CamerasService(cameras: cameras), successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: StopService(signals: signals), successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        if let reload {
            services.append(
                .init(service: ReloadService(reload: reload, manager: manager, daemon: self, logger: logger)))
        }
        let (count, socket) = (cameras.cameras.count, configuration.withLock { $0.events.socket })
        logger.notice(
            "visaged \(Self.version) runs: \(count) camera\(count == 1 ? "" : "s"), events on \(socket)")
        manager.ready()
        return ServiceGroup(configuration: .init(services: services, logger: logger))
    }
}

extension Configuration {
    /// What only a restart changes, by key.
    fileprivate func fixedKeys(changedFrom old: Configuration) -> [String] {
        var keys: [String] = []
        if state != old.state { keys.append("state") }
        if models != old.models { keys.append("models") }
        if events != old.events { keys.append("events") }
        if inference != old.inference { keys.append("inference") }
        if unknown != old.unknown { keys.append("unknown") }
        return keys
    }
}

extension Event.Status.Unknown {
    fileprivate init(_ counts: UnknownMemory.Counts, _ rule: ReturnRule) {
        self.init(
            people: counts.people, views: counts.views, dropped: counts.dropped,
            threshold: rule.threshold.map { Event.rounded($0) }, far: rule.far)
    }
}
