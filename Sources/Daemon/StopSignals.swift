import ServiceLifecycle
import UnixSignals

/// SIGTERM and SIGINT, caught from the moment this is made: one that comes while networks are still being loaded is
/// kept and ends the daemon as soon as that is in order.
public struct StopSignals: Sendable {
    private let signals: UnixSignalsSequence

    public init() async { signals = await UnixSignalsSequence(trapping: .sigterm, .sigint) }

    /// Returns when one of them comes, or at a graceful shutdown for another reason.
    func wait() async {
        for await _ in signals.cancelOnGracefulShutdown() { return }
    }
}

/// Ends with a stop signal, and everything else with it.
struct StopService: Service {
    let signals: StopSignals

    func run() async { await signals.wait() }
}
