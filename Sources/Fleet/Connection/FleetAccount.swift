/// The two accounts of a fleet's brokers. Their streams know nothing of each other, and each has connections of its own.
package enum FleetAccount: String, Sendable, CaseIterable {
    /// A stream of events for each machine. Only the administrator may create consumers there, because a consumer can be
    /// made to deliver its messages to the subject of another machine.
    case events
    /// Status, machines, unknown people, removals and galleries.
    case state
}
