/// Whose fact of whom.
public struct FactKey: Hashable, Sendable, Comparable {
    /// The number of the machine in the fleet.
    public let machine: Int
    /// Of the person, who may have got it from another machine.
    public let number: Int

    public init(machine: Int, number: Int) { (self.machine, self.number) = (machine, number) }

    public static func < (one: FactKey, other: FactKey) -> Bool {
        (one.number, one.machine) < (other.number, other.machine)
    }
}
