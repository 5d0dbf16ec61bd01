import Synchronization
import VisageCore

/// A rate limit: lets something through at most once per interval, and counts what it held back.
final class Throttle: Sendable {
    private let interval: Duration
    private let state = Mutex<(last: MonotonicTime?, suppressed: Int)>((nil, 0))

    init(interval: Duration = .seconds(60)) { self.interval = interval }

    /// nil: not now. Otherwise how many were held back since the last time.
    func pass() -> Int? {
        state.withLock { state in
            let now = MonotonicTime.now
            if let last = state.last, now - last < interval {
                state.suppressed += 1
                return nil
            }
            defer { state = (now, 0) }
            return state.suppressed
        }
    }
}
