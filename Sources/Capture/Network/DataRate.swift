import VisageCore

/// Checks that a camera does not send more than any camera needs. Pure.
package struct DataRate {
    private var since: MonotonicTime?
    private var bytes = 0

    package init() {}

    /// - Throws: `VisageError.source` if too much has come for `CaptureLimits.dataPeriod`.
    package mutating func add(_ count: Int, at now: MonotonicTime) throws(VisageError) {
        let start = since ?? now
        since = start
        bytes += max(0, count)
        let allowed = Int(CaptureLimits.dataPeriod.inSeconds) * CaptureLimits.maxBytesPerSecond
        guard bytes <= allowed else {
            throw VisageError(
                .source,
                "the camera sends more than \(CaptureLimits.maxBytesPerSecond * 8 / 1_000_000) Mbit/s; "
                    + "set it to a lower bit rate", retry: .needsPerson)
        }
        if now - start >= CaptureLimits.dataPeriod { (since, bytes) = (now, 0) }
    }
}
