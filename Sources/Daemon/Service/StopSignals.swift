import Foundation
import ServiceLifecycle
import Synchronization
import UnixSignals

/// SIGTERM and SIGINT, caught from the moment this is made: one that comes before `wait` is called is not lost.
public struct StopSignals: Sendable {
    private let signals: UnixSignalsSequence

    public init() async { signals = await UnixSignalsSequence(trapping: .sigterm, .sigint) }

    /// Returns when one of the signals comes, or at a graceful shutdown for another reason.
    func wait() async {
        for await _ in signals.cancelOnGracefulShutdown() { return }
    }
}

/// Ends the process at once if a stop signal comes while networks are loaded: nothing that would have to be finished has
/// begun, and loading cannot be interrupted otherwise.
public final class LoadingStop: Sendable {
    private let over = Atomic(false)

    public init() async {
        let signals = await StopSignals()
        Task.detached { [self] in
            await signals.wait()
            // `exit` would run destructors while other threads still load networks.
            if !over.load(ordering: .acquiring) { _exit(0) }
        }
    }

    /// From now on stop signals are left to the running daemon.
    public func finish() { over.store(true, ordering: .releasing) }
}

/// Ends when a stop signal comes, and ends the service group with it.
struct StopService: Service {
    let signals: StopSignals

    func run() async { await signals.wait() }
}
