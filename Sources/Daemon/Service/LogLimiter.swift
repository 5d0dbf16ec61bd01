import VisageCore

/// Lets a few messages of a kind through at once and then one now and then: a camera that flaps for a week does not
/// fill the disk. Pure.
package struct LogLimiter {
    /// So many at once.
    private static let burst = 20.0
    /// And then one each so many seconds.
    private static let interval = 60.0

    private struct Bucket {
        var tokens = LogLimiter.burst
        var filled: MonotonicTime
        var held = 0
    }

    private var buckets: [String: Bucket] = [:]

    package init() {}

    /// - Returns: how many of this kind were held back since the last one; nil if this one is.
    package mutating func pass(_ kind: String, at now: MonotonicTime) -> Int? {
        var bucket = buckets[kind] ?? Bucket(filled: now)
        bucket.tokens = min(Self.burst, bucket.tokens + (now - bucket.filled).inSeconds / Self.interval)
        bucket.filled = now
        defer { buckets[kind] = bucket }
        guard bucket.tokens >= 1 else {
            bucket.held += 1
            return nil
        }
        bucket.tokens -= 1
        defer { bucket.held = 0 }
        return bucket.held
    }
}
