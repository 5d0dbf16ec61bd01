import VisageCore

/// How late a picture is, by the camera's clock and this machine's, whose zeros are unrelated: the picture that came
/// through fastest is the reference, and others are late by as much as they took longer. Pure.
package struct LagMeter {
    /// How fast the reference moves, as a share of the time that passes: if the delay has grown for good, or the clocks
    /// drift, pictures must not count as late for ever. A delay of half a second no longer counts after 2.5 s.
    static let leak = 0.2

    private var last: (stamp: Duration, arrived: MonotonicTime)?
    /// This machine's clock minus the camera's at the fastest picture.
    private var reference = Duration.zero

    package init() {}

    /// - Returns: zero or more; zero where there is nothing to go by.
    package mutating func lag(stamp: Duration?, arrived: MonotonicTime) -> Duration {
        guard let stamp else { return .zero }
        let offset = .nanoseconds(arrived.nanoseconds) - stamp
        // A clock that goes back has been set, or is another one.
        guard let last, stamp >= last.stamp else {
            self.last = (stamp, arrived)
            reference = offset
            return .zero
        }
        // By whichever clock moved less: neither a stall nor the rush after it makes late pictures timely.
        reference += min(stamp - last.stamp, max(.zero, arrived - last.arrived)) * Self.leak
        reference = min(reference, offset)
        self.last = (stamp, arrived)
        return offset - reference
    }
}
