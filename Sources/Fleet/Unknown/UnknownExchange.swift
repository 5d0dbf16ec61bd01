import Crypto
import FleetFacts
import FleetStorage
import Foundation
import Logging
import VisageCore

/// What this machine tells others of unknown people, and what it believes of what they tell. Knows no network: messages come
/// and go. For one thread.
package final class UnknownExchange {
    /// A message to be stored by the brokers.
    package struct Outgoing {
        package let subject: String
        package let payload: Data
        fileprivate let content: Content
    }

    fileprivate enum Content {
        case fact(number: Int, FactDatabase.Published)
        case gone(number: Int)
        case removal(RemovalQueue.Entry, isLast: Bool)
    }

    package struct Options {
        /// The name of this machine and its number.
        package var machine: String
        package var number: Int
        /// Of the daemon's unknown people.
        package var folder: URL
        package var rememberFor: Duration
        /// A person who is in sight changes all the time: others are told at most so often.
        package var interval = Duration.seconds(10)
        /// After so long a fact is told again, as the brokers do not keep them for ever.
        package var renewal = Duration.seconds(30 * 86_400)

        package init(machine: String, number: Int, folder: URL, rememberFor: Duration) {
            (self.machine, self.number, self.folder, self.rememberFor) = (machine, number, folder, rememberFor)
        }
    }

    private struct Removal: Codable {
        var schema = 1
        let number: Int
        /// In seconds since 1970.
        let time: Int
    }

    private let options: Options
    private let key: NKey
    /// Public keys whose removals are followed.
    private let editors: [String]
    private let database: FactDatabase
    private let removals: RemovalQueue
    private let people: OwnPeople
    private let logger: Logger
    package private(set) var facts: FactSet
    private var machines: [String: MachineList.Machine] = [:]
    private var published: [Int: FactDatabase.Published]
    /// Own people whose facts are to be told.
    private var dirty: [Int: PersonFact] = [:]
    private var told: [Int: MonotonicTime] = [:]
    private var present: Set<Int>?
    private var incoming: [(machine: Int, message: FactMessage)] = []
    private var nextUpkeep = MonotonicTime(nanoseconds: 0)

    /// - Parameter state: `fleet.state`.
    /// - Throws: `VisageError` (unwritable).
    package init(
        _ options: Options, key: NKey, editors: [String], state: String, logger: Logger
    ) throws {
        self.options = options
        self.key = key
        self.editors = editors
        self.logger = logger
        database = try FactDatabase(at: FactDatabase.path(state: state))
        removals = RemovalQueue(state: state)
        people = OwnPeople(options.folder)
        facts = try database.load()
        published = try database.published()
    }

    /// Whose messages are believed from now on.
    package func set(_ list: MachineList) {
        machines = Dictionary(list.machines.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
    }

    // MARK: In

    /// A fact of some machine.
    package func take(_ subject: String, _ payload: Data) {
        guard let (machine, number) = sender(subject, "unknown"), payload.count <= PersonFact.maxBytes + 64,
            let content = SignedFact.content(of: payload, subject: subject, from: machine.key),
            let message = FactMessage(content), message.number == number
        else { return }
        if machine.name == options.machine {
            // Told before the folder of the fleet's state was lost: if the person is no longer here, others will be told.
            if case .person = message, published[number] == nil {
                published[number] = .init(version: message.version, digest: "?")
            }
            return
        }
        if case .person(let fact) = message, isOld(fact.lastSeen) { return }
        guard facts.take(message, of: machine.number) == .changed else { return }
        incoming.append((machine.number, message))
    }

    /// A removal by some machine.
    /// - Throws: `VisageError` (unwritable) if it cannot be carried out.
    package func takeRemoval(_ subject: String, _ payload: Data) throws {
        guard let (machine, number) = sender(subject, "removed"), payload.count <= 1024,
            machine.isEditor || editors.contains(machine.key) || machine.name == options.machine,
            let content = SignedFact.content(of: payload, subject: subject, from: machine.key),
            let removal = try? JSONDecoder().decode(Removal.self, from: content), removal.number == number
        else { return }
        try remove([number])
    }

    private func sender(_ subject: String, _ kind: String) -> (machine: MachineList.Machine, number: Int)? {
        let parts = subject.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == kind, let machine = machines[String(parts[1])],
            let number = UnknownNumber.number(of: String(parts[2])), UnknownNumber.machine(of: number) > 0
        else { return nil }
        return (machine, number)
    }

    /// First what must not be forgotten, then what it means.
    private func remove(_ numbers: [Int]) throws {
        let new = numbers.filter { !facts.removed.contains($0) }
        guard !new.isEmpty else { return }
        let gone = facts.remove(new)
        try database.drop(gone, removed: new)
        people.reset()
        try removeFolders()
    }

    /// Own people who were removed somewhere, now or before they came back from a backup.
    private func removeFolders() throws {
        guard let scan = people.scan() else { return }
        for fact in scan.changed { dirty[fact.number] = fact }
        let listed = scan.changed.filter { !facts.removed.isDisjoint(with: $0.also) }.map(\.number)
        var left = scan.present
        for number in Set(scan.present.filter(facts.removed.contains) + listed).sorted() {
            try people.remove(number)
            dirty[number] = nil
            left.remove(number)
            logger.info("\(UnknownNumber.id(number)) was removed from the fleet")
        }
        present = left
    }

    /// Writes down what came. Until then it may come again.
    /// - Throws: `VisageError` (unwritable).
    package func save() throws {
        guard !incoming.isEmpty else { return }
        try database.store(incoming)
        incoming = []
    }

    // MARK: Out

    /// Looks at the disk: what the daemon has learned, whom commands have removed. Carries removals out here at once,
    /// whether there is a broker or not.
    /// - Throws: `VisageError` (unwritable).
    package func look() throws {
        try remove(removals.waiting().flatMap(\.numbers))
        try removeFolders()
        guard MonotonicTime.now >= nextUpkeep else { return }
        nextUpkeep = .now + .seconds(60)
        try upkeep()
    }

    /// Forgets what is too old, and what no longer counts.
    private func upkeep() throws {
        let received = try database.received()
        let day = 86_400
        let old = facts.all.filter { isOld(min($0.fact.lastSeen, (received[$0.key] ?? $0.fact.lastSeen) + day)) }
            .map(\.key)
        for key in old { facts.drop(key) }
        let stray = received.keys.filter { facts.version(of: $0) == 0 }
        try database.drop(Array(Set(old + stray)).sorted())
        let renewal = Int(Date().timeIntervalSince1970 - options.renewal.inSeconds) * 1000
        for (number, one) in published where one.version < renewal && one.digest != "" {
            published[number]?.digest = "?"
        }
        if published.values.contains(where: { $0.digest == "?" }) { people.reset() }
    }

    private func isOld(_ time: Int) -> Bool {
        Double(time) < Date().timeIntervalSince1970 - options.rememberFor.inSeconds
    }

    /// What the brokers are to store next, removals first. Each is repeated until `stored` says that they have it.
    /// - Throws: `VisageError` (engine).
    package func outgoing(limit: Int = 200) throws -> [Outgoing] {
        var messages: [Outgoing] = []
        for entry in removals.waiting() where messages.count < limit {
            for (index, number) in entry.numbers.enumerated() {
                let subject = "removed.\(options.machine).\(UnknownNumber.id(number))"
                let removal = Removal(number: number, time: Int(Date().timeIntervalSince1970))
                let payload = try SignedFact.sign(JSONEncoder().encode(removal), subject: subject, by: key)
                messages.append(
                    Outgoing(
                        subject: subject, payload: payload,
                        content: .removal(entry, isLast: index == entry.numbers.count - 1)))
            }
            if entry.numbers.isEmpty { try removals.remove(entry) }
        }
        guard let present else { return messages }
        for number in published.keys.sorted() where !present.contains(number) && messages.count < limit {
            let message = FactMessage.gone(number: number, version: nextVersion(number))
            messages.append(try outgoing(message, .gone(number: number)))
        }
        for (number, fact) in dirty.sorted(by: { $0.key < $1.key }) where messages.count < limit {
            guard isDue(fact) else { continue }
            let digest = try Self.digest(fact)
            guard published[number]?.digest != digest else {
                dirty[number] = nil
                continue
            }
            var fact = fact
            fact.version = nextVersion(number)
            let content = Content.fact(number: number, .init(version: fact.version, digest: digest))
            messages.append(try outgoing(.person(fact), content))
        }
        return messages
    }

    private func outgoing(_ message: FactMessage, _ content: Content) throws -> Outgoing {
        let subject = "unknown.\(options.machine).\(UnknownNumber.id(message.number))"
        return Outgoing(
            subject: subject, payload: try SignedFact.sign(message.encoded(), subject: subject, by: key),
            content: content)
    }

    /// Who is new is told of at once.
    private func isDue(_ fact: PersonFact) -> Bool {
        told[fact.number].map { MonotonicTime.now - $0 >= options.interval } ?? true
    }

    /// By the clock, so that it also grows when what was published before is no longer known.
    private func nextVersion(_ number: Int) -> Int {
        max(Int(Date().timeIntervalSince1970 * 1000), (published[number]?.version ?? 0) + 1)
    }

    private static func digest(_ fact: PersonFact) throws -> String {
        SHA256.hash(data: try FactMessage.person(fact).encoded()).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The brokers have stored these.
    /// - Throws: `VisageError` (unwritable).
    package func stored(_ messages: [Outgoing]) throws {
        var changes: [(Int, FactDatabase.Published?)] = []
        for message in messages {
            switch message.content {
            case .fact(let number, let version):
                published[number] = version
                dirty[number] = nil
                told[number] = .now
                changes.append((number, version))
            case .gone(let number):
                published[number] = nil
                told[number] = nil
                changes.append((number, nil))
            case .removal(let entry, let isLast):
                if isLast { try removals.remove(entry) }
            }
        }
        try database.setPublished(changes)
    }
}
