import Events
import Foundation
import GRDB
import VisageCore

/// The visits on disk. Any thread may use it.
public final class VisitStore: Sendable {
    /// Up to where the event log has been read.
    public struct Place: Sendable, Equatable {
        public var seq: Int64
        /// Of `hello`; nil before the first event.
        public var epoch: String?
        /// Counts how often somebody was forgotten: events that were received before that may have the name.
        public var generation: Int64

        public init(seq: Int64, epoch: String?, generation: Int64) {
            self.seq = seq
            self.epoch = epoch
            self.generation = generation
        }
    }

    let pool: DatabasePool
    let path: String
    /// The name of this machine in its fleet; empty if it is in none.
    public let machine: String
    /// What goes with the visits.
    public let pictures: VisitPictures

    /// Opens the file, or makes it.
    /// - Parameter machine: the name of this machine in its fleet; empty if it is in none.
    /// - Throws: `VisageError` (unwritable).
    public init(at path: String, machine: String = "") throws {
        self.path = path
        self.machine = machine
        pictures = VisitPictures(visits: path)
        pool = try VisitDatabase.open(path)
    }

    /// Where `visage-web` keeps the visits.
    /// - Parameter state: the folder of the daemon's state.
    public static func path(state: String) -> String { state + "/web/visits.db" }

    /// - Throws: `VisageError` (unwritable).
    public func place() throws -> Place {
        try reading { database in
            let row = try Row.fetchOne(database, sql: "SELECT seq, epoch, generation FROM place")
            return Place(seq: row?[0] ?? 0, epoch: row?[1], generation: row?[2] ?? 0)
        }
    }

    /// The number of visits.
    /// - Throws: `VisageError` (unwritable).
    public func count() throws -> Int {
        try reading { try Int.fetchOne($0, sql: "SELECT count(*) FROM visits") ?? 0 }
    }

    /// Takes in logged events, each of which may have been taken in before.
    /// - Parameter place: up to where they reach.
    /// - Returns: false, and nothing is changed, if somebody was forgotten since `place` was read: the events have to be read
    ///   anew.
    /// - Throws: `VisageError` (unwritable).
    public func apply(_ events: [Event], upTo place: Place) throws -> Bool {
        try writing { database in
            let generation = try Int64.fetchOne(database, sql: "SELECT generation FROM place") ?? 0
            guard generation == place.generation else { return false }
            var writer = VisitWriter(database: database)
            for event in events { try writer.apply(event) }
            try database.execute(
                sql: "UPDATE place SET seq = ?, epoch = ?", arguments: [place.seq, place.epoch])
            return true
        }
    }

    /// Ends the visits of tracks that the daemon of this machine no longer follows: it was killed, or events are missing.
    /// - Parameters:
    ///   - run: of the daemon
    ///   - tracks: that it follows
    /// - Throws: `VisageError` (unwritable).
    public func endVisits(exceptOf run: String, tracks: [Int]) throws {
        try writing { database in
            let current =
                try Int64.fetchOne(database, sql: "SELECT id FROM runs WHERE name = ?", arguments: [run]) ?? -1
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT id, run, track FROM visits
                    WHERE over = 0 AND camera IN (SELECT id FROM cameras WHERE machine = '')
                    """)
            for row in rows {
                let (id, visitRun, track): (Int64, Int64, Int) = (row[0], row[1], row[2])
                if visitRun == current, tracks.contains(track) { continue }
                try database.execute(sql: "UPDATE visits SET over = 1 WHERE id = ?", arguments: [id])
            }
        }
    }

    /// Deletes the visits of this machine of which the log has nothing any more.
    /// - Parameter oldest: the lowest `seq` in the log.
    /// - Returns: how many visits were deleted.
    /// - Throws: `VisageError` (unwritable).
    @discardableResult public func trim(oldest: Int64) throws -> Int { try trim("", "last", below: oldest) }

    /// Deletes visits of a machine, the oldest of each camera first.
    func trim(_ machine: String, _ column: String, below limit: Int64) throws -> Int {
        let cameras = try reading { database in
            try Int64.fetchAll(database, sql: "SELECT id FROM cameras WHERE machine = ?", arguments: [machine])
        }
        var deleted = 0
        for camera in cameras {
            while true {
                // Short transactions, so that readers and the follower are not kept waiting.
                let gone = try writing { database in
                    let condition = """
                        visits.\(column) < ? AND visits.id IN
                        (SELECT id FROM visits WHERE camera = ? ORDER BY start LIMIT 2000)
                        """
                    let gone = try Self.visits(database, where: condition, [limit, camera])
                    try database.execute(sql: "DELETE FROM visits WHERE \(condition)", arguments: [limit, camera])
                    return gone
                }
                pictures.remove(gone)
                deleted += gone.count
                if gone.isEmpty { break }
            }
        }
        if deleted > 0 { try writing(Self.deleteUnused) }
        return deleted
    }

    /// Deletes what no visit names any more.
    static func deleteUnused(_ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM subjects WHERE NOT EXISTS (SELECT 1 FROM visits WHERE subject = subjects.id);
                DELETE FROM runs WHERE NOT EXISTS (SELECT 1 FROM visits WHERE run = runs.id);
                DELETE FROM cameras
                    WHERE machine <> '' AND NOT EXISTS (SELECT 1 FROM visits WHERE camera = cameras.id);
                """)
    }

    /// Deletes all visits of this machine.
    /// - Throws: `VisageError` (unwritable).
    public func clear() throws {
        try writing { database in
            try database.execute(
                sql: """
                    DELETE FROM visits WHERE camera IN (SELECT id FROM cameras WHERE machine = '');
                    DELETE FROM cameras WHERE machine = '';
                    UPDATE place SET seq = 0, epoch = NULL;
                    """)
            try Self.deleteUnused(database)
        }
        pictures.removeAll()
    }

    /// Deletes the pictures of somebody's visits, see `VisitPictures`. They can be made anew as long as event and recording
    /// are there.
    /// - Throws: `VisageError` (unwritable).
    public func removePictures(of identity: Identity) throws {
        let (kind, name) = Self.subject(identity)
        pictures.remove(
            try reading { database in
                try Self.visits(
                    database, where: "visits.subject = (SELECT id FROM subjects WHERE kind = ? AND name = ?)",
                    [kind.rawValue, name])
            })
    }

    static func subject(_ identity: Identity) -> (Visit.Kind, String?) {
        identity.name.map { (.person, $0) } ?? (.unknown, identity.unknownID)
    }

    /// Replaces a name or id as `visage forget --events` does in the log. The events have to be rewritten before: whoever
    /// follows the log reads those anew that it has not taken in yet.
    /// - Returns: the number of visits that were changed.
    /// - Throws: `VisageError` (unwritable).
    @discardableResult public func forget(_ identity: Identity) throws -> Int {
        // Before they are those of nobody in particular.
        try removePictures(of: identity)
        let count = try writing { database in
            try database.execute(sql: "UPDATE place SET generation = generation + 1")
            let (kind, name) = Self.subject(identity)
            if let name { try Self.remember(forgotten: kind, name, in: database) }
            let id = try Int64.fetchOne(
                database, sql: "SELECT id FROM subjects WHERE kind = ? AND name = ?", arguments: [kind.rawValue, name])
            guard let id else { return 0 }
            var writer = VisitWriter(database: database)
            let forgotten = try writer.subject(.unknown, Self.forgotten)
            try database.execute(
                sql: """
                    UPDATE visits SET kind = ?, subject = ?, similarity = NULL, probability = NULL, margin = NULL
                    WHERE subject = ?
                    """, arguments: [Visit.Kind.unknown.rawValue, forgotten, id])
            let count = database.changesCount
            try database.execute(sql: "DELETE FROM subjects WHERE id = ?", arguments: [id])
            return count
        }
        // The write-ahead log still has the name until it is emptied; a reader may be in the way.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        return count
    }

    /// Replaces an erased name, here as in the log.
    public static let forgotten = "forgotten"

    func reading<Value>(_ work: (Database) throws -> Value) throws -> Value {
        do { return try pool.read(work) } catch { throw VisitDatabase.explain(error, path) }
    }

    func writing<Value>(_ work: (Database) throws -> Value) throws -> Value {
        do { return try pool.write(work) } catch { throw VisitDatabase.explain(error, path) }
    }
}
