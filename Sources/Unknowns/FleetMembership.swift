/// This machine as one of a fleet that shares its unknown people.
public struct FleetMembership: Sendable {
    /// The number of the machine, from 1 on.
    public let machine: Int
    /// The file that `FactDatabase` writes; there may be none yet.
    public let database: String

    public init(machine: Int, database: String) { (self.machine, self.database) = (machine, database) }
}
