import Logging
import Pipeline
import Publishing
import ServiceLifecycle
import Synchronization
import VisageCore

/// Watches over progress: tells systemd's watchdog that all is well only while it is, and leaves it to that to end a
/// daemon that hangs. A camera that is away is no reason; a stuck call, a dead queue or a deadlock is.
struct WatchService: Service {
    /// An embedding takes milliseconds; the slowest engine on a slow machine some hundred.
    private static let embeddingPatience = Duration.seconds(8)
    /// Disks may hesitate.
    private static let publishingPatience = Duration.seconds(10)

    let manager: ServiceManager
    let cameras: CameraSet
    let embeddings: EmbeddingQueue
    let hub: EventHub
    let gallery: GalleryInForce
    let logger: Logger

    func run() async throws {
        // Four chances before the deadline; also without a watchdog, for the log and the gallery.
        let interval = manager.watchdog.map { min($0 / 4, .seconds(2)) } ?? .seconds(2)
        var complaint = ""
        var ticks = 0
        for await _ in AsyncTimer(every: interval).cancelOnGracefulShutdown() {
            let problems = problems(at: .now)
            if problems.isEmpty {
                manager.alive()
            } else if complaint != problems.joined(separator: "; ") {
                let outlook = manager.watchdog == nil ? "" : "; systemd's watchdog will restart the daemon"
                logger.critical("Something hangs: \(problems.joined(separator: "; "))\(outlook)")
            }
            complaint = problems.joined(separator: "; ")
            ticks += 1
            if ticks % 5 == 1 { manager.status(statusLine) }
            gallery.refresh()
        }
    }

    private func problems(at now: MonotonicTime) -> [String] {
        var problems = cameras.standstills(at: now).map { "camera \($0.camera): \($0.problem)" }
        if embeddings.standstill(at: now) > Self.embeddingPatience { problems.append("no embedding gets done") }
        if hub.standstill(at: now) > Self.publishingPatience { problems.append("no event gets published") }
        return problems
    }

    /// What a person wants to read first.
    private var statusLine: String {
        let all = cameras.cameras
        let up = all.filter { $0.pipeline.outage == nil }
        var parts = ["\(up.count) of \(all.count) cameras up"]
        if let down = all.first(where: { $0.pipeline.outage != nil }), let reason = down.pipeline.outage {
            parts.append("\(down.plan.name): \(reason)")
        }
        if let problem = hub.problem { parts.append("events are not logged: \(problem)") }
        if let camera = all.first(where: { $0.recorder?.problem != nil }), let problem = camera.recorder?.problem {
            parts.append("\(camera.plan.name) is not recorded: \(problem)")
        }
        if let summary = gallery.summary { parts.append("\(summary.people) people in the gallery") }
        parts.append(hub.latest.map { "last event \($0)" } ?? "no event yet")
        return parts.joined(separator: ", ")
    }
}

/// Ticks.
struct AsyncTimer: AsyncSequence, Sendable {
    let interval: Duration

    init(every interval: Duration) { self.interval = interval }

    struct Iterator: AsyncIteratorProtocol {
        let interval: Duration

        mutating func next() async -> Void? {
            do {
                return try await Task.sleep(for: interval)
            } catch {
                return nil
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(interval: interval) }
}
