import Foundation
import ServiceLifecycle
import Synchronization
import UnixSignals

/// SIGTERM and SIGINT, caught from the moment this is made: one that comes before the daemon runs is kept.
public struct StopSignals: Sendable {
    private let signals: UnixSignalsSequence

    public init() async { signals = await UnixSignalsSequence(trapping: .sigterm, .sigint) }

    /// Returns when one of them comes, or at a graceful shutdown for another reason.
    func wait() async {
        for await _ in signals.cancelOnGracefulShutdown() { return }
    }
}

/// A stop signal that comes while networks are being loaded ends the process at once: nothing has begun that would have
/// to be finished, and a service manager does not wait for long.
public final class LoadingStop: Sendable {
    private let over = Atomic(false)

    public init() async {
        let signals = await StopSignals()
        Task.detached { [self] in
            await signals.wait()
            // Not `exit`: that would take down what other threads are still loading.
            if !over.load(ordering: .acquiring) { _exit(0) }
        }
    }

    /// From now on whoever runs the daemon listens.
    public func isOver() { over.store(true, ordering: .releasing) }
}

/// Ends with a stop signal, and everything else with it.
struct StopService: Service {
    let signals: StopSignals

    func run() async { await signals.wait() }
}
