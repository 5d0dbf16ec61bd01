import VisageCore

/// How long to wait after each failure: a camera that restarts is back soon, one that has been removed for months is not
/// tried every second. Pure.
package struct Backoff {
    static let first = Duration.milliseconds(500)
    /// How long after the first failure waiting stays short: a camera or switch restarts within this time.
    static let earlyPeriod = Duration.seconds(60)
    /// The longest wait in that period: a person in front of a camera that is back should not wait longer.
    static let earlyLimit = Duration.seconds(1)
    static let limit = Duration.seconds(30)
    /// Frames must have flowed for so long before a failure counts as a new one: else a camera that fails at once
    /// after every start would be started twice a second for ever.
    static let recovery = Duration.seconds(10)

    private var began: MonotonicTime?
    private var recovered: MonotonicTime?
    private var delay = Duration.zero
    /// Failures since the first one, or since the camera last worked for `recovery`.
    package private(set) var attempt = 0

    package init() {}

    /// Frames flow.
    package mutating func succeeded(at now: MonotonicTime) {
        if recovered == nil { recovered = now }
    }

    /// - Parameters:
    ///   - retry: `.needsPerson` waits for long at once
    ///   - chance: a random number 0...1, so that cameras that went together do not come back together
    /// - Returns: how long to wait.
    package mutating func failed(at now: MonotonicTime, _ retry: RetryAdvice, chance: Double) -> Duration {
        if let recovered, now - recovered >= Self.recovery { self = Backoff() }
        recovered = nil
        let began = began ?? now
        self.began = began
        attempt += 1
        if retry == .needsPerson {
            delay = Self.limit
        } else if attempt == 1 {
            delay = Self.first
        } else if now - began < Self.earlyPeriod {
            delay = min(max(delay, Self.first) * 1.4, Self.earlyLimit)
        } else {
            delay = min(max(delay, Self.first) * 1.5, Self.limit)
        }
        return delay * (0.75 + 0.25 * min(max(chance, 0), 1))
    }
}
