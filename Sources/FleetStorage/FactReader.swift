import FleetFacts
import Foundation
import GRDB
import VisageCore

/// The reading side of `unknown.db`, for the daemon: what other machines know. A file that is missing, damaged or made anew
/// disturbs nobody. Used by one thread at a time.
public final class FactReader {
    /// What was found.
    public struct Content: Sendable {
        /// Of machines other than this one.
        public fileprivate(set) var facts: [FactKey: PersonFact] = [:]
        /// Numbers that were removed for good.
        public fileprivate(set) var removed: Set<Int> = []
        /// The people among `facts`.
        public var people: [FleetPerson] { FleetPerson.merge(facts.map { ($0.key, $0.value) }) }
    }

    private let path: String
    private let machine: Int
    private var queue: DatabaseQueue?
    private var inode: ino_t = 0
    /// Of SQLite, which changes with every change by another connection.
    private var dataVersion: Int?
    private var revision = -1
    private var file: String?
    /// What was read last.
    public private(set) var content = Content()
    /// Why the file cannot be read; nil if it can, or is not there.
    public private(set) var problem: String?

    /// - Parameter machine: the number of this machine, whose own facts are left out.
    public init(at path: String, machine: Int) { (self.path, self.machine) = (path, machine) }

    /// Reads what has changed. Blocks shortly.
    /// - Returns: whether something has.
    public func refresh() -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            // What is known stays known: it is only gone with the fleet's file for good, at the next start.
            queue = nil
            return false
        }
        if status.st_ino != inode { queue = nil }
        do {
            let queue = try self.queue ?? open()
            (self.queue, inode) = (queue, status.st_ino)
            let isChanged = try queue.read(take)
            problem = nil
            return isChanged
        } catch {
            queue = nil
            problem = (error as? DatabaseError)?.message ?? "\(error)"
            return false
        }
    }

    private func open() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "visage.fleet.reader"
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -1000") }
        dataVersion = nil
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func take(_ database: Database) throws -> Bool {
        let version = try Int.fetchOne(database, sql: "PRAGMA data_version")
        guard version != dataVersion else { return false }
        guard let state = try Row.fetchOne(database, sql: "SELECT revision, file FROM state") else { return false }
        let (newest, file): (Int, String) = (state[0], state[1])
        if file != self.file || newest < revision || newest - revision >= 1000 {
            revision = -1
            content = Content()
        }
        let before = revision
        if before >= 0 {
            for row in try Row.fetchAll(
                database, sql: "SELECT machine, number FROM dropped WHERE revision > ?", arguments: [before])
            {
                content.facts[FactKey(machine: row[0], number: row[1])] = nil
            }
        }
        for number in try Int.fetchAll(
            database, sql: "SELECT number FROM removed WHERE revision > ?", arguments: [before])
        {
            content.removed.insert(number)
        }
        let rows = try Row.fetchCursor(
            database, sql: "SELECT machine, number, message FROM facts WHERE revision > ? AND machine <> ?",
            arguments: [before, machine])
        while let row = try rows.next() {
            let key = FactKey(machine: row[0], number: row[1])
            if case .person(let fact) = FactMessage(row[2]), fact.number == key.number {
                content.facts[key] = fact
            } else {
                content.facts[key] = nil
            }
        }
        let isChanged = newest != before
        (revision, dataVersion, self.file) = (newest, version, file)
        return isChanged
    }
}
