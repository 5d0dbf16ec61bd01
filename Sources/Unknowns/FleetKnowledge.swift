import FleetFacts
import Recognition
import VisageCore

/// What other machines of the fleet know of a person.
struct FleetKnowledge: Sendable {
    struct Evidence: Sendable {
        let space: String
        let embedding: Embedding
        let weight: Double
    }

    /// The number that stands for the person on all machines.
    var number: Int
    /// When that was given, in seconds since 1970.
    var born: Int
    var numbers: [Int]
    var apart: [Int]
    /// In seconds since 1970.
    var lastSeen: Int
    /// One for each embedder.
    var evidence: [Evidence]
    /// Of the facts behind it: what has not changed need not be put in place again.
    var versions: [Int]

    init(_ person: FleetPerson) {
        number = person.number
        born = person.born
        numbers = person.numbers
        apart = person.apart
        lastSeen = person.lastSeen
        versions = person.facts.map(\.fact.version)
        evidence = Set(person.facts.map(\.fact.space)).sorted().compactMap { space in
            person.evidence(in: space).map { Evidence(space: space, embedding: $0.embedding, weight: $0.weight) }
        }
    }

    /// Several that turned out to be one person; nil for none.
    static func joined(_ several: [FleetKnowledge]) -> FleetKnowledge? {
        guard var whole = several.min(by: { ($0.born, $0.number) < ($1.born, $1.number) }), several.count > 1 else {
            return several.first
        }
        whole.numbers = Set(several.flatMap(\.numbers)).sorted()
        whole.apart = Set(several.flatMap(\.apart)).sorted()
        whole.lastSeen = several.map(\.lastSeen).max() ?? whole.lastSeen
        whole.versions = several.flatMap(\.versions)
        let all = several.flatMap(\.evidence)
        whole.evidence = Set(all.map(\.space)).sorted().compactMap { space in
            let parts = all.filter { $0.space == space }
            return Embedding.mean(parts.map { ($0.embedding, $0.weight) }).map {
                Evidence(space: space, embedding: $0, weight: parts.reduce(0) { $0 + $1.weight })
            }
        }
        return whole
    }

    /// The number that stands for a person who is known here as well, under a number that was given at that time.
    mutating func include(_ own: Int, born: Int) {
        if (born, own) < (self.born, number) { (number, self.born) = (own, born) }
        if !numbers.contains(own) { numbers = (numbers + [own]).sorted() }
    }
}

extension EmbedderOrigin {
    /// Equal for embedders whose embeddings can be compared.
    var space: String { "\(sha256)/\(crop)/\(standardisation)/\(head ?? "")" }
}
