import Foundation
import Testing
import Unknowns
import VisageCore

/// What `visage label --suggest` finds.
@Suite struct UnknownGroupsTests {
    private func person(_ number: Int, _ embedding: Embedding, apart: [Int] = []) -> UnknownPerson {
        UnknownPerson(
            number: number, also: [], apart: apart, firstSeen: Strangers.start, lastSeen: Strangers.start, visits: 1,
            cameras: ["door"], embedder: Strangers.origin, embedding: StoredEmbedding(embedding), weight: 2, views: [])
    }

    private func groups(_ people: [UnknownPerson]) throws -> [[Int]] {
        try UnknownGroups(people, gallery: nil, curve: Strangers.curve).groups.map { $0.people.map(\.number) }
    }

    @Test func whoLooksAlikeIsOneGroup() throws {
        let people = [(1, 7), (2, 8), (3, 7), (4, 9), (5, 8), (6, 7)].map {
            person($0.0, Strangers.embedding($0.1, view: $0.0))
        }
        #expect(try groups(people) == [[1, 3, 6], [2, 5]])
        #expect(try groups(people.reversed()) == [[1, 3, 6], [2, 5]])
        #expect(try groups([]) == [])
    }

    /// A chain of faces, each like the next, is not one person.
    @Test func theMeanDecides() throws {
        let chain = [Strangers.embedding(1), Strangers.between(1, 2), Strangers.embedding(2)]
        let found = try UnknownGroups(
            chain.enumerated().map { person($0.offset, $0.element) }, gallery: nil, curve: Strangers.curve)
        #expect(found.groups.map(\.people.count) == [2])
        #expect(found.groups.allSatisfy { ($0.similarity ?? 0) >= found.threshold })
        #expect(abs(found.threshold - 0.509) < 0.001)
    }

    @Test func whoWasSeenTogetherIsNot() throws {
        let (one, two) = (Strangers.embedding(1, view: 1), Strangers.embedding(1, view: 2))
        #expect(try groups([person(1, one), person(2, two)]) == [[1, 2]])
        #expect(try groups([person(1, one, apart: [2]), person(2, two)]) == [])
    }
}
