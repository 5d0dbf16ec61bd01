import VisageCore

/// The facts of all machines that are believed. Two sets that have taken in the same facts are equal, whatever the order, and
/// however often each came.
public struct FactSet: Sendable {
    /// What came of a message.
    public enum Outcome: Sendable, Equatable {
        case changed
        /// An older one, or the same.
        case known
        /// The person was removed.
        case removed
        /// The machine has said more than is kept.
        case tooMany
    }

    /// People of one machine; a daemon keeps no more.
    public static let maxPeople = 5_000
    /// People whom one machine no longer knows.
    static let maxGone = 2 * maxPeople
    /// People of all machines together.
    public static let maxFacts = 100_000
    /// Ids that were removed.
    public static let maxRemoved = 1_000_000

    private var machines: [Int: [Int: PersonFact]] = [:]
    /// The newest version of each number that is no longer known, so that older facts that come late do not bring it back.
    private var gone: [Int: [Int: Int]] = [:]
    public private(set) var count = 0
    /// Numbers that somebody with the right to do so has removed, for good.
    public private(set) var removed: Set<Int> = []

    public init() {}

    /// - Parameter machine: the one that has signed it.
    public mutating func take(_ message: FactMessage, of machine: Int) -> Outcome {
        let number = message.number
        let version = machines[machine]?[number]?.version ?? gone[machine]?[number] ?? 0
        guard message.version > version else { return .known }
        switch message {
        case .gone:
            let isHeld = machines[machine]?[number] != nil
            guard isHeld || (gone[machine]?.count ?? 0) < Self.maxGone else { return .tooMany }
            drop(FactKey(machine: machine, number: number))
            keepGone(number, message.version, of: machine)
            return .changed
        case .person(let fact):
            guard !isRemoved(fact) else {
                drop(FactKey(machine: machine, number: number))
                return .removed
            }
            let isNew = machines[machine]?[number] == nil
            guard !isNew || ((machines[machine]?.count ?? 0) < Self.maxPeople && count < Self.maxFacts) else {
                return .tooMany
            }
            if isNew { count += 1 }
            machines[machine, default: [:]][number] = fact
            gone[machine]?[number] = nil
            return .changed
        }
    }

    /// Removes people for good. A fact goes if its own number is removed or if its machine itself says that it is of a number
    /// that is: what others say of aliases removes nobody.
    /// - Returns: the facts that went.
    public mutating func remove(_ numbers: some Sequence<Int>) -> [FactKey] {
        let new = numbers.filter { PersonFact.isShared($0) && !removed.contains($0) }
        guard !new.isEmpty else { return [] }
        removed.formUnion(new.prefix(max(0, Self.maxRemoved - removed.count)))
        let keys = all.filter { isRemoved($0.fact) }.map(\.key)
        for key in keys { drop(key) }
        return keys
    }

    private func isRemoved(_ fact: PersonFact) -> Bool {
        removed.contains(fact.number) || (!removed.isEmpty && !removed.isDisjoint(with: fact.also))
    }

    /// Forgets a fact, as when it is too old.
    public mutating func drop(_ key: FactKey) {
        guard machines[key.machine]?.removeValue(forKey: key.number) != nil else { return }
        count -= 1
    }

    private mutating func keepGone(_ number: Int, _ version: Int, of machine: Int) {
        gone[machine, default: [:]][number] = version
        guard let all = gone[machine], all.count > Self.maxGone else { return }
        // The oldest half: a machine says so at most once for each person.
        let kept = all.sorted { $0.value > $1.value }.prefix(Self.maxPeople)
        gone[machine] = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    public subscript(key: FactKey) -> PersonFact? { machines[key.machine]?[key.number] }

    /// The version of the machine's fact of this number, whether it knows the person still or not; 0 for none.
    public func version(of key: FactKey) -> Int {
        machines[key.machine]?[key.number]?.version ?? gone[key.machine]?[key.number] ?? 0
    }

    /// In a fixed order.
    public var all: [(key: FactKey, fact: PersonFact)] {
        machines.flatMap { machine, facts in
            facts.map { (FactKey(machine: machine, number: $0.key), $0.value) }
        }.sorted { $0.0 < $1.0 }
    }

    /// Everybody whom some machine knows.
    public func people() -> [FleetPerson] { FleetPerson.merge(all) }
}
