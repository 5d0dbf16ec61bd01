import Synchronization
import VisageCore

/// How often one may try to log in: each address, and all together, because who guesses may have many addresses.
package final class LoginLimiter: Sendable {
    private struct Record {
        var failures = 0
        var blockedUntil = MonotonicTime(nanoseconds: .min)
        var last: MonotonicTime
    }

    private struct State {
        var records: [String: Record] = [:]
        /// Of the last minute, whoever failed.
        var failures: [MonotonicTime] = []
        var running = 0
    }

    private static let freeAttempts = 5
    private static let longestBlock = Duration.seconds(900)
    private static let failuresPerMinute = 60
    /// Hashing takes memory and time.
    private static let atOnce = 2
    private static let addresses = 10_000

    private let state = Mutex(State())
    private let now: @Sendable () -> MonotonicTime

    package init(now: @escaping @Sendable () -> MonotonicTime = { .now }) { self.now = now }

    /// Runs an attempt if there may be one.
    /// - Returns: what it gave.
    /// - Throws: `WebFailure` (429), with the seconds to wait.
    package func attempt<Value: Sendable>(from address: String, _ work: @Sendable () async -> Value?) async throws
        -> Value?
    {
        let key = Self.key(address)
        let now = now()
        let wait: Duration? = state.withLock { state in
            state.failures.removeAll { now - $0 > .seconds(60) }
            if let record = state.records[key], record.blockedUntil > now { return record.blockedUntil - now }
            if state.failures.count >= Self.failuresPerMinute { return .seconds(60) }
            if state.running >= Self.atOnce { return .seconds(1) }
            state.running += 1
            return nil
        }
        if let wait { throw Self.refusal(wait) }
        let value = await work()
        let end = self.now()
        state.withLock { state in
            state.running -= 1
            guard value == nil else {
                state.records[key] = nil
                return
            }
            state.failures.append(end)
            var record = state.records[key] ?? Record(last: end)
            record.failures += 1
            record.last = end
            if record.failures >= Self.freeAttempts {
                let seconds = min(Int64(1) << min(record.failures - Self.freeAttempts + 1, 12), 900)
                record.blockedUntil = end + min(.seconds(seconds), Self.longestBlock)
            }
            state.records[key] = record
            if state.records.count > Self.addresses {
                state.records = state.records.filter { end - $0.value.last < .seconds(3600) }
            }
            if state.records.count > Self.addresses { state.records.removeAll() }
        }
        return value
    }

    private static func refusal(_ wait: Duration) -> WebFailure {
        let seconds = max(1, Int(wait.inSeconds.rounded(.up)))
        var failure = WebFailure(.tooManyRequests, "Too many attempts. Try again in \(seconds) s.")
        failure.headers[.retryAfter] = "\(seconds)"
        return failure
    }

    /// A network that one subscriber has counts as one address.
    private static func key(_ address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        return address.split(separator: ":", omittingEmptySubsequences: false).prefix(4).joined(separator: ":")
    }
}
