import VisageCore

/// An unknown person, as all machines together know them.
public struct FleetPerson: Sendable, Equatable {
    /// The one that stands for the person: the oldest.
    public let number: Int
    /// All numbers of the person, sorted.
    public let numbers: [Int]
    /// In seconds since 1970, as `PersonFact` has them.
    public let born: Int
    public let firstSeen: Int
    public let lastSeen: Int
    public let visits: Int
    public let cameras: [String]
    public let apart: [Int]
    /// In a fixed order.
    public let facts: [Known]

    /// A fact with the machine that knows it.
    public struct Known: Sendable, Equatable {
        public let key: FactKey
        public let fact: PersonFact
    }

    /// The weighted mean of what all machines have seen in this space; nil if nobody has.
    public func evidence(in space: String) -> (embedding: Embedding, weight: Double)? {
        let parts = facts.filter { $0.fact.space == space && $0.fact.weight > 0 }
        guard let dimension = parts.first?.fact.embedding.embedding.dimension else { return nil }
        let fitting = parts.filter { $0.fact.embedding.embedding.dimension == dimension }
        return Embedding.mean(fitting.map { ($0.fact.embedding.embedding, $0.fact.weight) }).map {
            ($0, min(PersonFact.maxWeight, fitting.reduce(0) { $0 + $1.fact.weight }))
        }
    }

    /// The same people from the same facts, whatever their order.
    public static func merge(_ facts: some Sequence<(key: FactKey, fact: PersonFact)>) -> [FleetPerson] {
        var aliases = AliasGroups()
        var known: [Int: [Known]] = [:]
        for (key, fact) in facts {
            aliases.add(fact.number, also: fact.also)
            known[fact.number, default: []].append(Known(key: key, fact: fact))
        }
        return aliases.groups().compactMap { numbers in
            FleetPerson(numbers, numbers.flatMap { (known[$0] ?? []).sorted { $0.key < $1.key } }) {
                Self.birth(of: $0, known[$0] ?? [])
            }
        }
    }

    /// When a number was given: the machine that gave it knows best. nil if nobody knows the number but as another name of
    /// somebody.
    public static func birth(of number: Int, _ known: [Known]) -> Int? {
        let own = known.first { $0.key.machine == UnknownNumber.machine(of: number) }
        return own?.fact.born ?? known.map(\.fact.born).min()
    }

    private init?(_ numbers: [Int], _ facts: [Known], birth: (Int) -> Int?) {
        let births = numbers.compactMap { number in birth(number).map { (born: $0, number: number) } }
        guard let oldest = births.min(by: { ($0.born, $0.number) < ($1.born, $1.number) }) else { return nil }
        number = oldest.number
        born = oldest.born
        self.numbers = numbers
        self.facts = facts
        firstSeen = facts.map(\.fact.firstSeen).min() ?? born
        lastSeen = facts.map(\.fact.lastSeen).max() ?? born
        visits = facts.reduce(0) { $0 + $1.fact.visits }
        cameras = Array(Set(facts.flatMap(\.fact.cameras))).sorted()
        apart = Array(Set(facts.flatMap(\.fact.apart))).sorted()
    }
}
