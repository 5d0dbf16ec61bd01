/// The two accounts of a fleet's brokers. Their streams know nothing of each other, and each has connections of its own.
package enum FleetAccount: String, Sendable, CaseIterable {
    /// A stream of events for each machine. Nobody but its administrator makes consumers there: one can be told to deliver
    /// to another's subject.
    case events
    /// Status, machines, unknown people, removals and galleries.
    case state
}
