// Daemon puts the parts of visaged together: the configuration (`Configuration`), the cameras that run (`Cameras`), and
// the life of the process from start to stop (`Service`).

import CLinux
import Events
import Foundation
import Imaging
import Logging
import Pipeline
import Publishing
import Recognition
import Synchronization
import Unknowns
import VisageCore

/// The composition root: makes everything that a configuration asks for. `run` serves until the daemon is told to stop,
/// or until every camera has ended, as only files do.
public final class VisageDaemon: Sendable {
    public static let version = "0.1.0"

    /// The one in use; a reload changes it.
    let configuration: Mutex<Configuration>
    let hub: EventHub
    let cameras: CameraSet
    let shared: SharedParts
    let statistics: StatisticsBoard
    let unknowns: UnknownKeeper
    let manager = ServiceManager()
    let logger: Logger

    /// Sets what concerns the whole process. Called once, before anything else.
    public static func prepareProcess() {
        // A write to a subscriber that has disconnected has to fail, not to end the daemon.
        signal(SIGPIPE, SIG_IGN)
        // Each thread would have an arena of its own, most of it unused memory.
        mallopt(M_ARENA_MAX, 2)
        FileLimit.raise()
    }

    /// Loads networks and gallery, and opens files, recordings and event log. Blocks for a second or so.
    /// - Throws: `VisageError` that names what cannot be used.
    public convenience init(_ configuration: Configuration, logger: Logger) throws {
        try self.init(configuration, logger: logger, decoration: Decoration())
    }

    package init(_ configuration: Configuration, logger: Logger, decoration: Decoration) throws {
        self.configuration = Mutex(configuration)
        self.logger = logger
        // What can be refused quickly comes first: loading networks takes a second.
        let plans = CameraPlan.all(configuration)
        for path in [configuration.events.socket] + plans.flatMap(\.sockets) { _ = try UnixAddress(path) }
        var sources: [(name: String, isFile: Bool)] = []
        for plan in plans {
            let source = try CameraSource.make(plan.camera)
            sources.append((plan.name, !source.isLive))
            if !source.isLive {
                _ = try plan.recording.recorder(for: plan.name, retriesFolder: false, logger: logger)
            }
        }
        let networks = try Networks(configuration.inference, models: configuration.models)
        let detectors = DetectorShelf { try networks.detector($0.detector, $0.options) }
        for plan in plans { _ = try detectors.detector(plan.detection) }
        let embedder = try networks.embedder(galleryAt: configuration.gallery)
        let gallery = try GalleryInForce(path: configuration.gallery, embedder: embedder.origin, logger: logger)
        let statistics = StatisticsBoard()
        // What follows leaves files behind, so everything that may be refused has been tried by now.
        hub = EventHub(
            log: try Self.openLog(configuration, logger: logger), version: Self.version,
            cameras: plans.map(\.name), logger: logger, statsProvider: { statistics.events() })
        unknowns = try UnknownKeeper(
            configuration.unknown.keep ? configuration.unknownFolder : nil, settings: configuration.unknown.settings,
            embedder: embedder.origin, curve: embedder.impostors, cameras: sources, logger: logger)
        shared = try SharedParts(
            detectors: detectors,
            embeddings: EmbeddingQueue(embedder: decoration.embedder(embedder), width: networks.concurrency),
            curve: embedder.impostors, gallery: gallery, unknowns: unknowns.memory, events: hub,
            decoration: decoration, logger: logger)
        cameras = try CameraSet(plans, shared: shared, hub: hub, statistics: statistics)
        self.statistics = statistics
        provideStatus(engine: networks.description, embedder: embedder.origin.id)
    }

    /// The statistics of a camera; nil if there is none of that name.
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
            at: configuration.state + "/events.db", retention: configuration.events.retention,
            runtime: (configuration.events.socket as NSString).deletingLastPathComponent, logger: logger)
    }

    /// Says what subscribers are told who ask for `status`.
    private func provideStatus(engine: String, embedder: String) {
        let (started, cameras, statistics) = (Event.format(Date()), cameras, statistics)
        let (gallery, memory) = (shared.gallery, unknowns.memory)
        hub.provideStatus {
            let speeds = statistics.events().reduce(into: [String: Double]()) { speeds, event in
                if case .stats(let stats) = event.content { speeds[event.camera ?? ""] = stats.fps }
            }
            let running = cameras.cameras
            let detector = running.first?.plan.detection.detector ?? .yunet
            return Event.Status(
                started: started, engine: engine, models: ["detector": detector.galleryID, "embedder": embedder],
                cameras: running.map { $0.status(fps: speeds[$0.plan.name] ?? 0, at: .now) },
                gallery: gallery.summary.map {
                    Event.Status.Gallery(
                        path: $0.path, people: $0.people, threshold: $0.threshold.roundedToFourDecimals)
                },
                unknown: Event.Status.Unknown(memory.counts, memory.rule))
        }
    }
}

extension Event.Status.Unknown {
    fileprivate init(_ counts: UnknownMemory.Counts, _ rule: ReturnRule) {
        self.init(
            people: counts.people, views: counts.views, dropped: counts.dropped,
            threshold: rule.threshold.map { $0.roundedToFourDecimals }, far: rule.far)
    }
}
