import Fleet
import FleetFacts
import FleetStorage
import Foundation
import Logging
import TestSupport
import Testing
import VisageCore

/// What machines tell each other of unknown people, with brokers that are a dictionary.
@Suite struct UnknownExchangeTests {
    /// Keeps the newest message of each subject, and lies if it is told to.
    private final class Brokers {
        var messages: [(subject: String, payload: Data)] = []

        func store(_ subject: String, _ payload: Data) {
            messages.removeAll { $0.subject == subject }
            messages.append((subject, payload))
        }
    }

    private final class Machine {
        let name: String
        let number: Int
        let key = NKey()
        let scratch: ScratchFolder
        var folder: URL { scratch.file("unknown") }
        var state: String { scratch.file("fleet").path }
        var exchange: UnknownExchange?

        init(_ name: String, _ number: Int) throws {
            (self.name, self.number, scratch) = (name, number, try ScratchFolder())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        func start(_ all: [Machine], editors: [Machine]) throws {
            var options = UnknownExchange.Options(
                machine: name, number: number, folder: folder, rememberFor: .seconds(30 * 86_400))
            options.interval = .zero
            let exchange = try UnknownExchange(
                options, key: key, editors: editors.map(\.key.publicKey), state: state,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let machines = all.map {
                #"{"name": "\#($0.name)", "number": \#($0.number), "key": "\#($0.key.publicKey)", "editor": false}"#
            }.joined(separator: ",")
            exchange.set(
                try JSONDecoder().decode(
                    MachineList.self, from: Data(#"{"version": 1, "machines": [\#(machines)]}"#.utf8)))
            self.exchange = exchange
        }

        /// A person whom the daemon keeps.
        func keep(_ number: Int, visits: Int = 1, also: [Int] = []) throws {
            let now = Date().formatted(.iso8601)
            let place = folder.appending(path: UnknownNumber.id(number))
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            let embedding = try JSONEncoder().encode(StoredEmbedding(Facts.embedding(number % 1000, 0)))
            let record = """
                {"schema": 2, "number": \(number), "also": \(also), "apart": [], "first_seen": "\(now)", "last_seen": "\(now)",
                 "visits": \(visits), "cameras": ["door"], "weight": 2, "views": [],
                 "embedder": {"id": "e", "sha256": "s", "crop": "c", "standardisation": "n", "precision": "f32"},
                 "embedding": \(String(decoding: embedding, as: UTF8.self))}
                """
            // Another file each time, as the daemon writes it.
            try Data(record.utf8).write(to: place.appending(path: "person.json"), options: .atomic)
        }

        func hears(_ brokers: Brokers) throws {
            guard let exchange else { return }
            for (subject, payload) in brokers.messages where subject.hasPrefix("removed.") {
                try exchange.takeRemoval(subject, payload)
            }
            for (subject, payload) in brokers.messages { exchange.take(subject, payload) }
            try exchange.save()
        }

        func tells(_ brokers: Brokers) throws {
            try exchange?.look()
            let messages = try exchange?.outgoing() ?? []
            for message in messages { brokers.store(message.subject, message.payload) }
            try exchange?.stored(messages)
        }

        var people: [Int] { exchange?.facts.people().map(\.number) ?? [] }
        var folders: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }
    }

    private let brokers = Brokers()
    private let a: Machine
    private let b: Machine

    init() throws {
        (a, b) = (try Machine("a", 1), try Machine("b", 2))
        for machine in [a, b] { try machine.start([a, b], editors: [a]) }
    }

    @Test func whatOneLearnsTheOtherKnows() throws {
        let id = Facts.id(1, 1)
        try a.keep(id)
        try a.tells(brokers)
        try b.hears(brokers)
        #expect(b.people == [id] && a.people.isEmpty)
        #expect(brokers.messages.count == 1 && brokers.messages[0].payload.count < 1200)
        // Nothing new is nothing to tell.
        try a.tells(brokers)
        try a.start([a, b], editors: [a])
        try a.tells(brokers)
        #expect(try a.exchange?.outgoing().isEmpty == true)
        try a.keep(id, visits: 2, also: [Facts.id(2, 8), 5])
        try a.tells(brokers)
        try b.hears(brokers)
        let fact = try #require(b.exchange?.facts[FactKey(machine: 1, number: id)])
        #expect(fact.visits == 2 && fact.also == [Facts.id(2, 8)], "old numbers mean nothing elsewhere")
        // From the disk.
        try b.start([a, b], editors: [a])
        #expect(b.people == [id])
        try FileManager.default.removeItem(at: a.folder.appending(path: UnknownNumber.id(id)))
        try a.tells(brokers)
        try b.hears(brokers)
        #expect(b.people.isEmpty)
    }

    @Test func aDiskThatIsAwayTakesNobodyBack() throws {
        try a.keep(Facts.id(1, 1))
        try a.tells(brokers)
        try FileManager.default.moveItem(at: a.folder, to: a.scratch.file("away"))
        try a.tells(brokers)
        try b.hears(brokers)
        #expect(b.people == [Facts.id(1, 1)])
    }

    @Test func whoIsRemovedIsGoneEverywhereAndStaysSo() throws {
        let (id, other) = (Facts.id(1, 1), Facts.id(1, 2))
        for number in [id, other] { try a.keep(number) }
        // The other machine has seen them as well, and is away now.
        for number in [id, other] { try b.keep(number) }
        try b.keep(Facts.id(2, 1), also: [id])
        try a.tells(brokers)
        try RemovalQueue(state: a.state).add([id])
        try a.tells(brokers)
        #expect(a.folders == [UnknownNumber.id(other)])
        #expect(RemovalQueue(state: a.state).waiting().isEmpty)
        // It comes back.
        try b.hears(brokers)
        #expect(b.folders == [UnknownNumber.id(other)])
        try b.tells(brokers)
        try a.hears(brokers)
        #expect(!a.people.contains(id) && a.people == [other])
        // Also from a backup.
        try b.keep(id)
        try b.tells(brokers)
        #expect(b.folders == [UnknownNumber.id(other)])
        #expect(!brokers.messages.contains { $0.subject == "unknown.b.\(UnknownNumber.id(id))" })
    }

    @Test func aRemovalHoldsHereWithoutABroker() throws {
        let id = Facts.id(2, 4)
        try b.keep(id)
        try b.tells(brokers)
        try a.hears(brokers)
        #expect(a.people == [id])
        try RemovalQueue(state: a.state).add([id])
        try a.exchange?.look()
        #expect(a.people.isEmpty && RemovalQueue(state: a.state).waiting().count == 1)
        try a.start([a, b], editors: [a])
        try a.hears(brokers)
        #expect(a.people.isEmpty)
    }

    @Test func nobodyIsRemovedByWhoHasNoRight() throws {
        let id = Facts.id(1, 1)
        try a.keep(id)
        try a.tells(brokers)
        try RemovalQueue(state: b.state).add([id])
        try b.tells(brokers)
        try a.hears(brokers)
        #expect(a.folders == [UnknownNumber.id(id)])
    }

    @Test func brokersThatLieAreNotBelieved() throws {
        let id = Facts.id(1, 1)
        try a.keep(id)
        try a.tells(brokers)
        let old = try #require(brokers.messages.first)
        try a.keep(id, visits: 7)
        try a.tells(brokers)
        try b.hears(brokers)
        var random = SeededRandom(3)
        let name = UnknownNumber.id(id)
        for subject in [
            old.subject, "unknown.b.\(name)", "unknown.a.unknown-1-2", "unknown.a", "unknown.c.\(name)", "",
        ] {
            b.exchange?.take(subject, old.payload)
            for _ in 0..<200 {
                var bytes = [UInt8](old.payload)
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
                b.exchange?.take(subject, Data(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
                try b.exchange?.takeRemoval("removed.a.\(name)", Data(bytes))
            }
        }
        #expect(b.exchange?.facts.all.map(\.fact.visits) == [7])
        #expect(b.exchange?.facts.removed.isEmpty == true)
    }
}
