// ServiceSupport is what every service needs: log and journal, standard streams, notifications of the service manager.

import VisageCore

/// Limits the rate of log messages of each kind with a token bucket: a camera that fails and recovers all week does not
/// fill the disk.
package struct LogLimiter {
    /// Messages of one kind that are admitted at once.
    private static let burst = 20.0
    /// Seconds until one more is admitted.
    private static let interval = 60.0

    private struct Bucket {
        var tokens = LogLimiter.burst
        var filled: MonotonicTime
        /// Messages that were not admitted since the last one that was.
        var omitted = 0
    }

    private var buckets: [String: Bucket] = [:]

    package init() {}

    /// - Returns: nil if the message must be left out; otherwise how many of its kind were since the last admitted one.
    package mutating func admit(_ kind: String, at now: MonotonicTime) -> Int? {
        var bucket = buckets[kind] ?? Bucket(filled: now)
        bucket.tokens = min(Self.burst, bucket.tokens + (now - bucket.filled).inSeconds / Self.interval)
        bucket.filled = now
        defer { buckets[kind] = bucket }
        guard bucket.tokens >= 1 else {
            bucket.omitted += 1
            return nil
        }
        bucket.tokens -= 1
        defer { bucket.omitted = 0 }
        return bucket.omitted
    }
}
