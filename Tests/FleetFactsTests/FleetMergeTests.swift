import FleetFacts
import Foundation
import TestSupport
import Testing
import VisageCore

/// Five machines that see the same people, each deciding alone, and tell each other in any order.
@Suite struct FleetMergeTests {
    /// One machine: what it knows itself, and what it was told.
    private final class Machine {
        let number: Int
        var own: [Int: PersonFact] = [:]
        var known = FactSet()
        /// Who a person is here; the truth that faces would tell.
        var ids: [Int: Int] = [:]
        private var count = 0
        private var version = 0
        private(set) var outbox: [FactMessage] = []

        init(_ number: Int) { self.number = number }

        /// - Parameter forgets: whether the face is not taken for the person whom it was before.
        func visit(_ person: Int, at time: Int, forgets: Bool) {
            let isKnown = ids[person] != nil && !forgets
            var id = ids[person] ?? 0
            if !isKnown {
                count += 1
                id = Facts.id(number, count)
            }
            var fact =
                own[id]
                ?? Facts.fact(id, born: birth(id) ?? time, seen: time, visits: 0, person: person, view: number)
            fact.lastSeen = max(fact.lastSeen, time)
            fact.visits += 1
            if let before = ids[person], before != id { fact.also = Array(Set(fact.also + [before])).sorted() }
            ids[person] = id
            tell(fact)
        }

        private func birth(_ id: Int) -> Int? {
            known[FactKey(machine: UnknownNumber.machine(of: id), number: id)]?.born
        }

        private func tell(_ fact: PersonFact) {
            var fact = fact
            version += 1
            fact.version = version
            own[fact.number] = fact
            outbox.append(.person(fact))
        }

        func takeOutbox() -> [FactMessage] {
            defer { outbox = [] }
            return outbox
        }

        /// Another machine's person turns out to be one of ours.
        func hear(_ message: FactMessage, of machine: Int, person: Int) {
            guard known.take(message, of: machine) == .changed, case .person(let fact) = message else { return }
            guard let id = ids[person] else {
                ids[person] = fact.number
                return
            }
            guard id != fact.number, var mine = own[id], !mine.also.contains(fact.number) else { return }
            mine.also.append(fact.number)
            tell(mine)
        }

        var everybody: FactSet {
            var all = known
            for fact in own.values { _ = all.take(.person(fact), of: number) }
            return all
        }
    }

    private struct Post {
        let from: Int
        let to: Int
        let message: FactMessage
        let person: Int
    }

    /// - Parameter people: how many there are.
    private static func run(people: Int, seed: UInt64) throws -> (machines: [Machine], bytes: Int, messages: Int) {
        var random = SeededRandom(seed)
        let machines = (1...5).map(Machine.init)
        var waiting: [Post] = []
        var (bytes, messages) = (0, 0)
        var truth: [Int: Int] = [:]
        func collect(_ person: Int?) throws {
            for machine in machines {
                for message in machine.takeOutbox() {
                    if let person { truth[message.number] = person }
                    messages += 1
                    bytes += try message.encoded().count
                    for other in machines where other !== machine {
                        waiting.append(
                            Post(
                                from: machine.number, to: other.number, message: message,
                                person: truth[message.number] ?? 0))
                    }
                }
            }
        }
        func deliver(_ share: Double, _ isOpen: (Post) -> Bool) throws {
            waiting.shuffle(using: &random)
            let now = waiting.indices.filter { isOpen(waiting[$0]) && Double.random(in: 0..<1, using: &random) < share }
            let posts = now.map { waiting[$0] }
            let gone = Set(now)
            waiting = waiting.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
            for post in posts {
                machines[post.to - 1].hear(post.message, of: post.from, person: post.person)
                // Some come twice.
                if Int.random(in: 0..<10, using: &random) == 0 {
                    machines[post.to - 1].hear(post.message, of: post.from, person: post.person)
                }
            }
            try collect(nil)
        }
        func half(_ machine: Int) -> Bool { machine <= 2 }
        var time = 1_000_000
        for round in 0..<40 {
            for _ in 0..<people / 10 {
                time += 1
                let person = Int.random(in: 0..<people, using: &random)
                // Most people are seen by one machine most of the time.
                let place =
                    Int.random(in: 0..<5, using: &random) > 0 ? person % 5 : Int.random(in: 0..<5, using: &random)
                machines[place].visit(
                    person, at: time, forgets: Int.random(in: 0..<20, using: &random) == 0)
                try collect(person)
            }
            // Cut into two halves in the middle.
            let isCut = (10..<30).contains(round)
            try deliver(0.5) { !isCut || half($0.from) == half($0.to) }
        }
        while !waiting.isEmpty { try deliver(1) { _ in true } }
        return (machines, bytes, messages)
    }

    @Test(arguments: 1...8) func everybodyKnowsTheSamePeopleInTheEnd(seed: UInt64) throws {
        let (machines, _, _) = try Self.run(people: 100, seed: seed)
        try check(machines, people: 100)
    }

    private func check(_ machines: [Machine], people: Int) throws {
        let first = try #require(machines.first).everybody.people()
        let isSame = machines.allSatisfy { $0.everybody.people() == first }
        #expect(isSame)
        // No two became one, and nearly all are one: who is seen on one machine alone under two numbers is told of.
        #expect(first.count <= people && first.count > people * 9 / 10)
        #expect(first.contains { $0.numbers.count > 2 })
    }

    @Test func aThousandPeopleOnFiveMachinesCutInTwo() throws {
        let (machines, bytes, messages) = try Self.run(people: 1_000, seed: 77)
        try check(machines, people: 1_000)
        let facts = machines[0].everybody.count
        #expect(messages >= facts && bytes < 10_000_000)
        print("1,000 people: \(facts) facts, \(messages) messages, \(bytes) bytes")
    }
}
