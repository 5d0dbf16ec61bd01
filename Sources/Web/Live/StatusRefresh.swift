import Logging
import NIOPosix
import ServiceLifecycle
import VisageCore
import Visits

/// Looks after the daemon's status, which alone tells which cameras are up when nothing happens, and deletes the visits
/// that have left the log, and pictures with their recordings. It also wakes all streams, so that a viewer who has gone is noticed.
struct StatusRefresh: Service {
    let reader: StatusReader
    let live: LiveState
    let authentication: Authentication
    let visits: VisitStore
    let recordings: String
    let logger: Logger

    private static let interval = Duration.seconds(5)
    private static let trimInterval = Duration.seconds(600)

    func run() async throws {
        var lastTrim = MonotonicTime.now
        var lastSweep = MonotonicTime.now
        await sweep()
        // Canceled: the server could not begin.
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            authentication.refresh()
            if live.isConnected, let report = try? await reader.report() {
                live.update(report.status)
                if MonotonicTime.now - lastTrim > Self.trimInterval {
                    lastTrim = .now
                    await trim(oldest: report.hello.oldest)
                }
            }
            if MonotonicTime.now - lastSweep > Self.trimInterval {
                lastSweep = .now
                await sweep()
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
            live.changes.wake()
        }
    }

    private func sweep() async {
        try? await NIOThreadPool.singleton.runIfActive { visits.pictures.sweep(recordings: recordings) }
    }

    private func trim(oldest: Int64) async {
        do {
            let deleted = try await NIOThreadPool.singleton.runIfActive { try visits.trim(oldest: oldest) }
            if deleted > 0 { live.visitsChanged() }
        } catch {
            logger.warning("Visits that have left the log stay for now: \(error)")
        }
    }
}
