// Daemon puts the parts of visaged together: the configuration (`Configuration`), the cameras that run (`Cameras`), and
// the life of the process from start to stop (`Service`).

import CLinux
import Events
import Foundation
import Imaging
import Logging
import ModelLoading
import Pipeline
import Publishing
import Recognition
import ServiceSupport
import Synchronization
import Unknowns
import VisageConfiguration
import VisageCore

/// The composition root: makes everything that a configuration asks for. `run` serves until the daemon is told to stop,
/// or until every camera has ended, as only files do.
public final class VisageDaemon: Sendable {
    public static let version = Release.version

    /// The one in use; a reload changes it.
    let configuration: Mutex<Configuration>
    let hub: EventHub
    let cameras: CameraSet
    let shared: SharedParts
    let statistics: StatisticsBoard
    let unknowns: UnknownKeeper
    let clock: AgeClock
    let disks: DiskKeeper
    let manager = ServiceManager()
    let logger: Logger

    /// Sets what concerns the whole process. Called once, before anything else.
    public static func prepareProcess() {
        // A write to a subscriber that has disconnected has to fail, not to end the daemon.
        StandardStream.ignoreBrokenPipes()
        // Each thread would have an arena of its own, most of it unused memory.
        mallopt(M_ARENA_MAX, 2)
        // libx264 rounds its pictures up to huge pages, which is megabytes for each camera. Capture processes inherit this.
        _ = visage_prctl(PR_SET_THP_DISABLE, 1)
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
        let clock = AgeClock(file: URL(filePath: configuration.state).appending(path: "clock.json"))
        self.clock = clock
        disks = DiskKeeper(logger: logger)
        // A disk that was full before has room again before anything is to be written.
        disks.check(DiskKeeper.Writers(configuration))
        var sources: [(name: String, isFile: Bool)] = []
        for plan in plans {
            let source = try CameraSource.make(plan.camera)
            sources.append((plan.name, !source.isLive))
            if !source.isLive {
                _ = try plan.recording.recorder(
                    for: plan.name, mode: plan.recordingMode, retriesFolder: false, clock: clock.now, logger: logger)
            }
        }
        let inference = configuration.inference
        let networks = try Networks(models: configuration.models, concurrency: inference.concurrency) {
            CompilationLog(base: try inference.makeEngine(), logger: logger)
        }
        let detectors = DetectorShelf { try networks.detector($0.detector, $0.options) }
        for plan in plans { _ = try detectors.detector(plan.detection) }
        let embedders = GalleryEmbedders(width: networks.concurrency, decorate: decoration.embedder) { gallery, path in
            try gallery.map { try networks.embedder(of: $0, path: path) } ?? networks.embedder()
        }
        let gallery = try GalleryInForce(path: configuration.gallery, embedders: embedders, logger: logger)
        let statistics = StatisticsBoard()
        // What follows leaves files behind, so everything that may be refused has been tried by now.
        hub = EventHub(
            log: try Self.openLog(configuration, clock: clock, logger: logger), version: Self.version,
            cameras: plans.map(\.name), logger: logger, statsProvider: { statistics.events() })
        unknowns = try UnknownKeeper(
            configuration.unknown.keep ? configuration.unknownFolder : nil, settings: configuration.unknown.settings,
            embedder: gallery.embedder.origin, curve: gallery.embedder.curve, cameras: sources,
            fleet: configuration.fleetMembership, clock: clock.now,
            waitsForDisk: FreeSpace.isExhausted(at: configuration.unknownFolder.path), logger: logger)
        shared = try SharedParts(
            detectors: detectors, gallery: gallery, unknowns: unknowns.memory, events: hub, decoration: decoration,
            clock: clock.now, logger: logger)
        cameras = try CameraSet(plans, shared: shared, hub: hub, statistics: statistics)
        self.statistics = statistics
        provideStatus(engine: networks.description)
    }

    /// The statistics of a camera; nil if there is none of that name.
    public func statistics(of camera: String) -> PipelineStatistics? {
        cameras.cameras.first { $0.plan.name == camera }?.pipeline.statistics
    }

    /// Makes room on the disks where it is needed. Blocks.
    func keepDisks() {
        var writers = DiskKeeper.Writers(configuration.withLock { $0 })
        writers.recorders = cameras.cameras.compactMap(\.recorder)
        (writers.unknowns, writers.log) = (unknowns, hub.log)
        disks.check(writers)
    }

    private static func openLog(_ configuration: Configuration, clock: AgeClock, logger: Logger) throws -> EventLog {
        do {
            try FileManager.default.createDirectory(
                atPath: configuration.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch {
            throw VisageError(
                .unwritable, "The state folder \(configuration.state) cannot be made", cause: error.systemReason
            )
        }
        var retention = configuration.events.retention
        retention.clock = clock.now
        return try EventLog.openReplacingDamaged(
            at: configuration.state + "/events.db", retention: retention,
            runtime: (configuration.events.socket as NSString).deletingLastPathComponent, logger: logger)
    }

    /// Says what subscribers are told who ask for `status`.
    private func provideStatus(engine: String) {
        let (started, cameras, statistics) = (Event.format(Date()), cameras, statistics)
        let (gallery, memory, disks, clock) = (shared.gallery, unknowns.memory, disks, clock)
        hub.provideStatus {
            let speeds = statistics.events().reduce(into: [String: Double]()) { speeds, event in
                if case .stats(let stats) = event.content { speeds[event.camera ?? ""] = stats.fps }
            }
            let running = cameras.cameras
            let detector = running.first?.plan.detection.detector ?? .yunet
            var status = Event.Status(
                started: started, engine: engine,
                models: ["detector": detector.galleryID, "embedder": gallery.embedder.origin.id],
                cameras: running.map { $0.status(fps: speeds[$0.plan.name] ?? 0, at: .now) },
                gallery: gallery.summary.map {
                    Event.Status.Gallery(
                        path: $0.path, people: $0.people, threshold: $0.threshold.roundedToFourDecimals)
                },
                unknown: Event.Status.Unknown(memory.counts, memory.rule(gallery.embedder.curve)))
            status.disks = disks.report
            let missing = clock.missing()
            status.clock = Event.Status.Clock(
                isTrusted: missing == nil, missingHours: missing.map { ($0.inSeconds / 360).rounded(.up) / 10 })
            return status
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
