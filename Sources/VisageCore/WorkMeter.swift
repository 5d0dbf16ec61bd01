import Synchronization

/// Counts pieces of work that wait and that get done, and so detects when work waits and none gets done.
public final class WorkMeter: Sendable {
    private struct State {
        var waiting = 0
        /// When a piece of work was last done, or began to wait while no other waited.
        var since = MonotonicTime.now
    }

    private let state = Mutex(State())

    public init() {}

    /// A piece of work waits.
    public func begin() {
        state.withLock { state in
            if state.waiting == 0 { state.since = .now }
            state.waiting += 1
        }
    }

    /// A piece of work that had begun to wait is not to be done after all.
    public func withdraw() { state.withLock { $0.waiting = max(0, $0.waiting - 1) } }

    /// A piece of work is done.
    public func end() {
        state.withLock { state in
            state.waiting = max(0, state.waiting - 1)
            state.since = .now
        }
    }

    /// For how long work has waited with none being done; zero while nothing waits.
    public func stall(at now: MonotonicTime) -> Duration {
        state.withLock { $0.waiting > 0 ? max(.zero, now - $0.since) : .zero }
    }
}
