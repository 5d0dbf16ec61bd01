import VisageCore

/// How late a picture is, from the camera's clock and ours, whose zeros have nothing to do with each other: the picture
/// that came through fastest sets the measure, the others are so much later than that. Pure.
package struct LagMeter {
    /// How fast the measure gives way, as a share of the time that passes: if the way has become longer for good, or
    /// the clocks drift, pictures must not count as late for ever. A delay of half a second is forgiven in 2.5 s.
    static let leak = 0.2

    private var last: (stamp: Duration, arrived: MonotonicTime)?
    /// Our clock minus the camera's at the fastest picture.
    private var measure = Duration.zero

    package init() {}

    /// - Returns: zero or more; zero where there is nothing to go by.
    package mutating func lag(stamp: Duration?, arrived: MonotonicTime) -> Duration {
        guard let stamp else { return .zero }
        let offset = .nanoseconds(arrived.nanoseconds) - stamp
        // A clock that goes back has been set, or is another one.
        guard let last, stamp >= last.stamp else {
            self.last = (stamp, arrived)
            measure = offset
            return .zero
        }
        // By whichever clock moved less: neither a stall nor the rush after it makes late pictures timely.
        measure += min(stamp - last.stamp, max(.zero, arrived - last.arrived)) * Self.leak
        measure = min(measure, offset)
        self.last = (stamp, arrived)
        return offset - measure
    }
}
