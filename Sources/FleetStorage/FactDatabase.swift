// FleetStorage is the file `unknown.db`: what the machines of the fleet know of unknown people. visage-fleet writes it, the
// daemon and the command `visage` read it.

import FleetFacts
import Foundation
import GRDB
import Storage
import VisageCore

/// The writing side of `unknown.db`. Any thread may use it.
public final class FactDatabase: Sendable {
    /// What this machine has published under one of its people's numbers.
    public struct Published: Sendable, Equatable {
        public var version: Int
        /// Of the fact without its version; empty once the person is gone.
        public var digest: String

        public init(version: Int, digest: String) { (self.version, self.digest) = (version, digest) }
    }

    private let queue: DatabaseQueue
    private let path: String

    /// Where the file lies.
    /// - Parameter state: `fleet.state`.
    public static func path(state: String) -> String { state + "/unknown.db" }

    /// Opens the file, or makes it, readable by its owner alone. One that is damaged or of another version is made anew: the
    /// brokers have all of it but what was removed here and not told yet, which lies beside it (see `RemovalQueue`).
    /// - Throws: `VisageError` (unwritable).
    public init(at path: String) throws {
        self.path = path
        do {
            queue = try Self.open(path)
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR].contains(error.resultCode)
        {
            for suffix in ["", "-journal"] { unlink(path + suffix) }
            do { queue = try Self.open(path) } catch { throw Self.explain(error, path) }
        } catch {
            throw Self.explain(error, path)
        }
    }

    private static func explain(_ error: any Error, _ path: String) -> VisageError {
        if let error = error as? VisageError { return error }
        return VisageError(
            .unwritable, "\(path) cannot be used: check folder, owner and free space",
            cause: (error as? DatabaseError)?.message ?? "\(error)")
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        try DurableFile.makeFolder(URL(filePath: path).deletingLastPathComponent(), mode: 0o700)
        // SQLite makes its companions with the mode of the database.
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw VisageError(.unwritable, "\(path) cannot be written", cause: String(cString: strerror(errno)))
        }
        _ = fchmod(descriptor, 0o600)
        close(descriptor)
        var configuration = Configuration()
        configuration.label = "visage.fleet"
        configuration.busyMode = .timeout(5)
        // No write-ahead log: the daemon, which only reads, could not open one that a killed program has left.
        configuration.prepareDatabase { database in
            // Whoever is removed is overwritten.
            try database.execute(sql: "PRAGMA secure_delete = ON; PRAGMA cache_size = -4000")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { database in
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard version == 0 || version == FactTables.version else {
                throw DatabaseError(resultCode: .SQLITE_ERROR, message: "of another version")
            }
            try database.execute(sql: FactTables.creation)
        }
        return queue
    }

    private func writing<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do { return try queue.write(body) } catch { throw Self.explain(error, path) }
    }

    private func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do { return try queue.read(body) } catch { throw Self.explain(error, path) }
    }

    /// Everything that is believed.
    /// - Throws: `VisageError` (unwritable).
    public func load() throws -> FactSet {
        try reading { database in
            var set = FactSet()
            _ = set.remove(try Int.fetchAll(database, sql: "SELECT number FROM removed"))
            let rows = try Row.fetchCursor(database, sql: "SELECT machine, message FROM facts")
            while let row = try rows.next() {
                if let message = FactMessage(row[1]) { _ = set.take(message, of: row[0]) }
            }
            return set
        }
    }

    /// Writes facts that were taken in.
    /// - Throws: `VisageError` (unwritable).
    public func store(_ facts: [(machine: Int, message: FactMessage)]) throws {
        guard !facts.isEmpty else { return }
        try writing { database in
            let revision = try Self.nextRevision(database)
            for (machine, message) in facts {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO facts VALUES(?, ?, ?, ?, ?)",
                    arguments: [
                        machine, message.number, try message.encoded(), revision,
                        Int(Date().timeIntervalSince1970),
                    ])
            }
        }
    }

    /// Forgets facts: of people who were removed, and those that are too old.
    /// - Parameter removed: numbers that were removed for good.
    /// - Throws: `VisageError` (unwritable).
    public func drop(_ keys: [FactKey], removed: [Int] = []) throws {
        guard !keys.isEmpty || !removed.isEmpty else { return }
        try writing { database in
            let revision = try Self.nextRevision(database)
            for number in removed {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO removed VALUES(?, ?)", arguments: [number, revision])
            }
            for key in keys {
                try database.execute(
                    sql: "DELETE FROM facts WHERE machine = ? AND number = ?", arguments: [key.machine, key.number])
                try database.execute(
                    sql: "INSERT INTO dropped VALUES(?, ?, ?)", arguments: [key.machine, key.number, revision])
            }
            // Readers that were away for longer read everything anew.
            try database.execute(sql: "DELETE FROM dropped WHERE revision < ?", arguments: [revision - 1000])
        }
    }

    /// When each fact was received, in seconds since 1970.
    /// - Throws: `VisageError` (unwritable).
    public func received() throws -> [FactKey: Int] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT machine, number, received FROM facts").reduce(into: [:]) {
                $0[FactKey(machine: $1[0], number: $1[1])] = $1[2]
            }
        }
    }

    /// What this machine has published, by number.
    /// - Throws: `VisageError` (unwritable).
    public func published() throws -> [Int: Published] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT number, version, digest FROM published").reduce(into: [:]) {
                $0[$1[0]] = Published(version: $1[1], digest: $1[2])
            }
        }
    }

    /// - Parameter changes: by number; nil: nothing is published under the number any more.
    /// - Throws: `VisageError` (unwritable).
    public func setPublished(_ changes: [(number: Int, published: Published?)]) throws {
        guard !changes.isEmpty else { return }
        try writing { database in
            for (number, published) in changes {
                try database.execute(sql: "DELETE FROM published WHERE number = ?", arguments: [number])
                guard let published else { continue }
                try database.execute(
                    sql: "INSERT INTO published VALUES(?, ?, ?)",
                    arguments: [number, published.version, published.digest])
            }
        }
    }

    private static func nextRevision(_ database: Database) throws -> Int {
        try database.execute(sql: "UPDATE state SET revision = revision + 1")
        return try Int.fetchOne(database, sql: "SELECT revision FROM state") ?? 0
    }
}
