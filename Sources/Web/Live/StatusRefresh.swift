import ServiceLifecycle
import VisageCore

/// Looks after the daemon's status, which alone tells which cameras are up when nothing happens. It also wakes all streams,
/// so that a viewer who has gone is noticed.
struct StatusRefresh: Service {
    let reader: StatusReader
    let live: LiveState
    let authentication: Authentication

    private static let interval = Duration.seconds(5)

    func run() async throws {
        while !Task.isShuttingDownGracefully {
            authentication.refresh()
            if live.isConnected, let report = try? await reader.report() { live.update(report.status) }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
            live.changes.wake()
        }
    }
}
