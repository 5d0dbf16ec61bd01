import Dispatch
import Publishing
import ServiceLifecycle
import ServiceSupport
import VisageCore

/// Keeps the line that `systemctl status` shows up to date.
struct StatusLineService: Service {
    private static let interval = Duration.seconds(10)
    /// The first line comes sooner, for administrators who have just started the daemon.
    private static let firstAfter = Duration.seconds(2)

    let manager: ServiceManager
    let cameras: CameraSet
    let hub: EventHub
    let gallery: GalleryInForce
    let disks: DiskKeeper
    private let queue = DispatchQueue(label: "visage.status")

    init(manager: ServiceManager, cameras: CameraSet, hub: EventHub, gallery: GalleryInForce, disks: DiskKeeper) {
        self.manager = manager
        self.cameras = cameras
        self.hub = hub
        self.gallery = gallery
        self.disks = disks
    }

    func run() async throws {
        for await _ in AsyncTimer(every: Self.firstAfter).cancelOnGracefulShutdown().prefix(1) { await update() }
        for await _ in AsyncTimer(every: Self.interval).cancelOnGracefulShutdown() { await update() }
    }

    private func update() async {
        // A recorder answers only after the write to disk that it is busy with.
        manager.status(await queue.runBlocking { line })
    }

    /// What an administrator wants to know first.
    private var line: String {
        let all = cameras.cameras
        let up = all.filter { $0.pipeline.outage == nil }
        var parts = ["\(up.count) of \(all.count) cameras up"]
        if let down = all.first(where: { $0.pipeline.outage != nil }), let reason = down.pipeline.outage {
            parts.append("\(down.plan.name): \(reason)")
        }
        if let problem = hub.problem { parts.append("events are not logged: \(problem)") }
        if let problem = disks.problem { parts.append(problem) }
        for camera in all {
            guard let problem = camera.recorder?.problem else { continue }
            parts.append("\(camera.plan.name) is not recorded: \(problem)")
            break
        }
        if let summary = gallery.summary { parts.append("\(summary.people) people in the gallery") }
        parts.append(hub.latest.map { "last event \($0)" } ?? "no event yet")
        return parts.joined(separator: ", ")
    }
}
