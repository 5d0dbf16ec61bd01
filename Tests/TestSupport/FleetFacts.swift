import FleetFacts
import Foundation
import VisageCore

/// Facts about unknown people that are made up.
public enum Facts {
    public static func fact(
        _ number: Int, version: Int = 1, born: Int = 1_000_000, seen: Int = 1_000_000, visits: Int = 1,
        also: [Int] = [], person: Int = 0, view: Int = 0
    ) -> PersonFact {
        PersonFact(
            number: number, version: version, born: born, firstSeen: born, lastSeen: seen, visits: visits,
            cameras: ["door"], space: "fake", embedding: StoredEmbedding(embedding(person, view)), weight: 2,
            also: also, apart: [])
    }

    public static func embedding(_ person: Int, _ view: Int, dimension: Int = 128) -> Embedding {
        var center = SeededRandom(UInt64(1000 + person))
        var noise = SeededRandom(UInt64(person * 1000 + view))
        let raw = (0..<dimension).map { _ in center.normal() + 0.3 * noise.normal() }
        guard let embedding = Embedding(normalizing: raw) else { preconditionFailure("it has a length") }
        return embedding
    }

    /// The id of the count-th person of a machine.
    public static func id(_ machine: Int, _ count: Int) -> Int { UnknownNumber.number(count, of: machine) }
}
