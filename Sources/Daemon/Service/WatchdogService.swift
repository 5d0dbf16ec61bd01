import Logging
import Publishing
import ServiceLifecycle
import ServiceSupport
import VisageCore

/// Tells the service manager's watchdog that the daemon works, as long as all of it makes progress; the watchdog ends a
/// daemon that does not. A call that does not return, a queue that stands still and a deadlock are such reasons; a
/// camera that is away is none.
///
/// It only reads counters, so that nothing slow can delay it: the status line and the gallery have services of their own.
struct WatchdogService: Service {
    /// How often progress is checked where the watchdog does not ask for more.
    private static let longestInterval = Duration.seconds(2)

    let manager: ServiceManager
    let cameras: CameraSet
    let gallery: GalleryInForce
    let hub: EventHub
    let logger: Logger

    func run() async throws {
        let watchdog = manager.watchdog
        let timeouts = StallTimeouts(watchdog: watchdog)
        // Four signs of life in each interval of the watchdog, so that one that is late does no harm.
        let interval = watchdog.map { min($0 / 4, Self.longestInterval) } ?? Self.longestInterval
        var logged = ""
        for await _ in AsyncTimer(every: interval).cancelOnGracefulShutdown() {
            let stalls = stalls(at: .now, timeouts).joined(separator: "; ")
            if stalls.isEmpty {
                manager.alive()
            } else if stalls != logged {
                let consequence = watchdog == nil ? "" : "; systemd's watchdog will restart the daemon"
                logger.critical("Something hangs: \(stalls)\(consequence)")
            }
            logged = stalls
        }
    }

    private func stalls(at now: MonotonicTime, _ timeouts: StallTimeouts) -> [String] {
        var stalls = cameras.stalls(at: now, timeouts.pipeline).map { "camera \($0.camera): \($0.problem)" }
        if gallery.embedder.embeddings.stall(at: now) > timeouts.embedding {
            stalls.append("faces wait to be embedded")
        }
        if hub.stall(at: now) > timeouts.publishing { stalls.append("events wait to be published") }
        return stalls
    }
}
