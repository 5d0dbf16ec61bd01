/// How many of the things that are too old may be deleted now. Pure.
///
/// In an hour at most a twenty-fourth of what there is: whatever a clock says, and however much is due at once, deleting
/// it takes a day, in which a person can see it. Where the age limit is less than two days the share is two hours of it,
/// so that deleting keeps up with what comes in.
public struct AgeQuota: Sendable {
    private let share: Double
    private var most = 0
    private var credit = 0.0
    private var last: MonotonicTime?

    /// - Parameter limit: of age
    public init(limit: Duration) { share = min(1, max(1 / 24, 7200 / max(1, limit.inSeconds))) }

    /// - Parameters:
    ///   - due: how many are too old
    ///   - total: how many there are, these included
    /// - Returns: how many of `due` are to be deleted; they count as deleted.
    public mutating func take(due: Int, of total: Int, at now: MonotonicTime) -> Int {
        // Of what there was when deleting began: a share of what is left would never come to an end.
        most = due == 0 ? total : max(most, total)
        let hourly = Double(most) * share
        let hours = last.map { min(1, (now - $0).inSeconds / 3600) } ?? 0
        last = now
        credit = min(max(1, hourly), credit + hourly * hours)
        let taken = min(due, Int(credit))
        credit -= Double(taken)
        return taken
    }
}
