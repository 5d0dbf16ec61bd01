import Events
import Foundation
import GRDB
import Logging
import Synchronization
import VisageCore

/// The events on disk, so that a reader that was away can have what it missed. One SQLite file, mode 0640, and a
/// small file `<path>.seq` beside it.
///
/// When the disk refuses (full, locked, broken), events still go out live with numbers that are never given again;
/// the last `backlogLimit` of them wait in memory, can be read from there, and are logged, in order, as soon as the disk
/// takes them. What falls out of that, or is still in it when the process ends, leaves a hole in the log, not in the
/// numbering; whoever reads over a hole is told how many events are missing.
public final class EventLog: Sendable {
    /// How much the log keeps; whichever limit comes first.
    public struct Retention: Sendable {
        public var age: Duration
        public var bytes: Int64
        /// The time, by which events grow old; nil while it is not trusted.
        public var clock: @Sendable () -> Date? = { Date() }

        public init(age: Duration = .seconds(30 * 86_400), bytes: Int64 = 1 << 30) {
            self.age = age
            self.bytes = bytes
        }
    }

    /// An event as it is stored. `line` has no newline.
    public struct Entry: Sendable {
        public var seq: Int64
        public var time: Date
        public var type: EventType
        public var camera: String?
        public var line: String

        public init(seq: Int64, time: Date, type: EventType, camera: String?, line: String) {
            self.seq = seq
            self.time = time
            self.type = type
            self.camera = camera
            self.line = line
        }
    }

    public static let backlogLimit = 10_000

    public let path: String
    let retention: Retention
    let contents = Mutex(Contents())
    /// Held while reading begins, and while what is read from is closed.
    let isClosed = Mutex(false)
    private let mark: SequenceMark
    private let database: Mutex<DatabasePool>
    /// Held while events are stored, so that they are stored in order.
    private let storing = Mutex(())
    private let logger: Logger

    /// What can be read. Never locked while the disk works: subscribers are served with it.
    struct Contents {
        /// The first one on disk; above `newest` when there is none.
        var oldest: Int64 = 1
        /// The last one on disk.
        var newest: Int64 = 0
        /// What the disk has not taken yet, in the order of `seq`.
        var backlog: [Entry] = []
    }

    /// Opens the log, or makes it.
    /// - Throws: `VisageError(.unreadable)` when the file is damaged.
    public init(at path: String, retention: Retention = Retention(), logger: Logger) throws {
        self.path = path
        self.retention = retention
        self.logger = logger
        // First, for it is also the lock that keeps a second daemon away from the database.
        mark = try SequenceMark(path: path + ".seq")
        database = Mutex(try EventDatabase.open(path))
        try readBounds()
    }

    /// Opens the log; moves a damaged file aside as `<path>.damaged-<time>` and starts a new one, whose numbers
    /// go on where the old one's ended.
    public static func openReplacingDamaged(
        at path: String, retention: Retention = Retention(), logger: Logger
    ) throws -> EventLog {
        do {
            return try EventLog(at: path, retention: retention, logger: logger)
        } catch let error as VisageError where error.code == .unreadable {
            let aside = try EventDatabase.moveAside(path)
            logger.warning("The event log was damaged; a new one is begun, the old one is kept as \(aside)")
            return try EventLog(at: path, retention: retention, logger: logger)
        }
    }

    /// The lowest `seq` that can be read back; above `newest` when there is none.
    public var oldest: Int64 { contents.withLock { $0.oldest } }
    /// The highest `seq` on disk.
    public var newest: Int64 { contents.withLock { $0.newest } }
    /// The highest `seq` that can be read back, be it on disk or in memory.
    public var readable: Int64 { contents.withLock { $0.backlog.last?.seq ?? $0.newest } }
    /// The highest `seq` ever given, also by earlier runs and when the disk refused.
    public var last: Int64 { max(mark.value, newest) }

    var pool: DatabasePool { database.withLock { $0 } }

    /// Stores events, in one transaction with those that could not be stored before.
    /// - Throws: `VisageError` when the disk refuses. The events are remembered and go with the next call.
    public func append(_ entries: [Entry]) throws {
        try storing.withLock { _ in
            // Not to be read before the disk has taken or refused them: a number that a subscriber has seen must not be
            // given again, and until then nothing on disk says that it has been used.
            let waiting = contents.withLock { $0.backlog } + entries
            guard let last = waiting.last else { return }
            do {
                try store(waiting)
                try? mark.write(last.seq)
            } catch {
                // Durably, for nothing else says now that these numbers have been used.
                try? mark.write(last.seq, durably: true)
                contents.withLock { $0.backlog = Array(waiting.suffix(EventLog.backlogLimit)) }
                throw EventDatabase.explain(error, path: path)
            }
        }
    }

    /// Tries once more to store what could not be stored, and closes the file. Nothing may follow.
    public func close() throws {
        defer {
            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            isClosed.withLock { isClosed in
                isClosed = true
                try? pool.close()
            }
            mark.unlock()
        }
        try append([])
    }

    private func store(_ entries: [Entry]) throws {
        do {
            try insert(entries)
        } catch  where EventDatabase.isDamage(error) {
            try replaceDamaged(because: error)
            try insert(entries)
        }
    }

    private func insert(_ entries: [Entry]) throws {
        try pool.write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT INTO events(seq, time, type, camera, line) VALUES (?, ?, ?, ?, ?)")
            for entry in entries {
                let time = Int64(entry.time.timeIntervalSince1970 * 1000)
                try statement.execute(arguments: [
                    entry.seq, time, entry.type.rawValue, entry.camera, entry.line,
                ])
            }
        }
        contents.withLock { contents in
            if contents.oldest > contents.newest, let first = entries.first { contents.oldest = first.seq }
            if let last = entries.last { contents.newest = max(contents.newest, last.seq) }
            contents.backlog = []
        }
    }

    /// A file that is damaged while the daemon runs is treated like one that was damaged at the start.
    private func replaceDamaged(because error: any Error) throws {
        isClosed.withLock { _ in try? pool.close() }
        let aside = try EventDatabase.moveAside(path)
        logger.warning(
            "The event log was damaged; a new one is begun, the old one is kept as \(aside)",
            metadata: ["cause": "\(error)"])
        let fresh = try EventDatabase.open(path)
        database.withLock { $0 = fresh }
        try readBounds()
    }

    private func readBounds() throws {
        do {
            let row = try pool.read { database in
                try Row.fetchOne(
                    database,
                    sql: """
                        SELECT (SELECT min(seq) FROM events), (SELECT max(seq) FROM events),
                            (SELECT seq FROM sqlite_sequence WHERE name = 'events')
                        """)
            }
            let newest: Int64 = max(row?[1] ?? 0, row?[2] ?? 0)
            let oldest: Int64? = row?[0]
            contents.withLock { ($0.oldest, $0.newest) = (oldest ?? newest + 1, newest) }
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }
}
