import FleetFacts
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct FactSetTests {
    @Test func theOldestNumberStandsForThePerson() throws {
        var set = FactSet()
        let (a, b, c) = (Facts.id(1, 5), Facts.id(2, 1), Facts.id(3, 9))
        #expect(set.take(.person(Facts.fact(a, born: 300, seen: 500, visits: 2, also: [b])), of: 1) == .changed)
        #expect(set.take(.person(Facts.fact(b, born: 200, seen: 400)), of: 2) == .changed)
        #expect(set.take(.person(Facts.fact(c, born: 100, seen: 450)), of: 3) == .changed)
        var people = set.people()
        #expect(people.map(\.number) == [b, c] && people[0].numbers == [a, b])
        #expect(people[0].firstSeen == 200 && people[0].lastSeen == 500 && people[0].visits == 3)
        // The third machine has seen the person, too.
        #expect(set.take(.person(Facts.fact(a, born: 300, seen: 600, also: [c])), of: 3) == .changed)
        people = set.people()
        #expect(people.map(\.number) == [c] && people[0].numbers == [a, b, c] && people[0].visits == 5)
        #expect(people[0].facts.count == 4)
        // What it takes back no longer counts.
        #expect(set.take(.gone(number: a, version: 2), of: 3) == .changed)
        #expect(set.people().map(\.number) == [b, c])
        #expect(set.take(.person(Facts.fact(a, also: [c])), of: 3) == .known, "an older fact that comes late")
    }

    @Test func aRemovalWinsForeverAndOnlyOverWhomItNames() {
        var set = FactSet()
        let (a, b, c) = (Facts.id(1, 1), Facts.id(2, 1), Facts.id(3, 1))
        _ = set.take(.person(Facts.fact(a)), of: 1)
        _ = set.take(.person(Facts.fact(b, also: [a])), of: 2)
        // A machine that connects everybody with whom was removed: only what it says itself goes.
        _ = set.take(.person(Facts.fact(Facts.id(4, 1), also: [a, c])), of: 4)
        _ = set.take(.person(Facts.fact(c)), of: 3)
        #expect(set.people().count == 1)
        #expect(Set(set.remove([a]).map(\.number)) == [a, b, Facts.id(4, 1)])
        #expect(set.people().map(\.number) == [c])
        #expect(set.take(.person(Facts.fact(a, version: 9)), of: 2) == .removed, "from a machine that was away")
        #expect(set.remove([a]).isEmpty && set.count == 1)
    }

    @Test func aLiarCanNeitherCrashNorFill() throws {
        let whole = try FactMessage.person(Facts.fact(Facts.id(1, 1), also: [Facts.id(2, 7)])).encoded()
        #expect(whole.count < 1200)
        var random = SeededRandom(5)
        var set = FactSet()
        var taken = 0
        for _ in 0..<5000 {
            guard let message = FactMessage(Mutation.json(whole, &random)) else { continue }
            taken += 1
            _ = set.take(message, of: 1)
            _ = set.people().map { $0.evidence(in: "fake") }
        }
        #expect(taken > 100)
        #expect(FactMessage(Data(count: PersonFact.maxBytes + 1)) == nil)
        let many = (1...FactSet.maxPeople + 50).map { FactMessage.person(Facts.fact(Facts.id(9, $0))) }
        #expect(many.count { set.take($0, of: 9) == .tooMany } == 50)
        for number in 1...3 * FactSet.maxPeople { _ = set.take(.gone(number: Facts.id(9, number), version: 5), of: 9) }
        #expect(set.all.allSatisfy { $0.key.machine != 9 })
        for fact in [
            Facts.fact(7), Facts.fact(Facts.id(1, 1), born: -1), Facts.fact(Facts.id(1, 1), seen: .max),
            Facts.fact(Facts.id(1, 1), version: 0), Facts.fact(Facts.id(1, 1), also: [4]),
            Facts.fact(Facts.id(1, 1), also: Array(repeating: Facts.id(1, 2), count: 300)),
            Facts.fact(Facts.id(9000, 1)), Facts.fact(Facts.id(1, 1), visits: .max),
        ] { #expect(try FactMessage(FactMessage.person(fact).encoded()) == nil) }
    }

    /// One chain through everybody, which a machine could claim.
    @Test func aLongChainIsOnePersonQuickly() {
        var set = FactSet()
        for number in 1..<FactSet.maxPeople {
            _ = set.take(.person(Facts.fact(Facts.id(1, number), also: [Facts.id(1, number + 1)])), of: 1)
        }
        #expect(set.people().count == 1)
    }
}
