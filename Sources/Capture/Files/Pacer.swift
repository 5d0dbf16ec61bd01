import VisageCore

/// Says when a frame of a file is due. Pure: the time comes from outside.
package struct Pacer {
    /// Up to this much of a delay is caught up with, so that on average the file plays at its own speed. By the rest of a
    /// longer one (a stopped process, a machine that slept) the schedule moves.
    static let maxCatchUp: Duration = .seconds(1)

    /// When the frame with pts 0 was due.
    private var start: MonotonicTime?

    package init() {}

    /// The moment for the frame with `pts`, which is ready `now`.
    package mutating func due(_ pts: Duration, now: MonotonicTime) -> MonotonicTime {
        guard let start else {
            self.start = now - pts
            return now
        }
        let due = start + pts
        let excess = (now - due) - Pacer.maxCatchUp
        if excess > .zero { self.start = start + excess }
        return due
    }
}

extension MonotonicTime {
    fileprivate static func - (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds - duration.inNanoseconds)
    }
}
