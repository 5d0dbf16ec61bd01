import VisageCore

/// Up to where in the events everything has been published, and what was known then.
public struct Place: Codable, Sendable, Equatable {
    /// Of the last event; nil before the first start.
    public var seq: Int64?
    public var epoch: String?
    public var presence = Presence()
    /// People who were seen, each with the day (RFC 3339) on which that was last the case.
    public var people: [String: String] = [:]
    /// The version of the daemon.
    public var version: String?

    public init() {}
}
