import Events
import Foundation
import GRDB
import Logging
import Synchronization
import VisageCore

/// The events on disk, so that a reader that was away can have what it missed. One SQLite file with a few small ones
/// beside it, all of them for the owner alone: readers use the event socket.
///
/// When the disk refuses (full, locked, broken), events still go out live with numbers that are never given again;
/// the last `backlogLimit` of them wait in memory, can be read from there, and are logged, in order, as soon as the disk
/// takes them. What falls out of that, or is still in it when the process ends, leaves a hole in the log, not in the
/// numbering; whoever reads over a hole is told how many events are missing. Where not even the numbers can be
/// recorded, a new epoch begins; see `LogEpoch`.
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
    /// What a `seq` can be. Every program can represent these exactly, also one that has floating point only.
    public static let numbers: ClosedRange<Int64> = 1...1 << 52
    /// A backlog of so many events is tried to be stored only after `retryInterval`, for trying costs time then.
    static let longBacklog = 1_000
    static let retryInterval = Duration.milliseconds(250)

    public let path: String
    let retention: Retention
    let contents = Mutex(Contents())
    /// Held while reading begins, and while what is read from is closed.
    let isClosed = Mutex(false)
    private let mark: SequenceMark
    private let witness: SequenceWitness?
    private let numbering: Mutex<Numbering>
    private let epochs = Atomic(0)
    private let token = UUID().uuidString.lowercased()
    /// Keeps a second daemon away from the database; nil while the disk does not let it be taken.
    private let lock: Mutex<PrivateLock?>
    /// nil while it cannot be opened.
    private let database: Mutex<DatabasePool?>
    private let busyTimeout = BusyTimeout()
    /// Held while events are stored, so that they are stored in order. When the last attempt failed, and how.
    private let storing = Mutex<(time: MonotonicTime, error: VisageError)?>(nil)
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

    /// Opens the log, or makes it. A disk that is full, read-only or failing does not prevent that.
    /// - Parameter runtime: a folder in memory, see `SequenceWitness`; /dev/shm is another.
    /// - Throws: `VisageError(.unreadable)` when the file is damaged.
    public convenience init(
        at path: String, retention: Retention = Retention(), runtime: String? = nil, logger: Logger
    ) throws {
        try self.init(at: path, retention: retention, runtime: runtime, logger: logger, replacesDamaged: false)
    }

    /// Opens the log; moves a damaged file aside as `<path>.damaged-<time>` and starts a new one, whose numbers
    /// go on where the old one's ended.
    public static func openReplacingDamaged(
        at path: String, retention: Retention = Retention(), runtime: String? = nil, logger: Logger
    ) throws -> EventLog {
        try EventLog(at: path, retention: retention, runtime: runtime, logger: logger, replacesDamaged: true)
    }

    private init(
        at path: String, retention: Retention, runtime: String?, logger: Logger, replacesDamaged: Bool
    ) throws {
        self.path = path
        self.retention = retention
        self.logger = logger
        let isNew = access(path, F_OK) != 0 && errno == ENOENT
        let lock = try Self.lock(path)
        let mark = try SequenceMark(path: path + ".seq")
        var pool: DatabasePool?
        var problem: String?
        do {
            guard lock != nil else { throw DiskFailure(code: EROFS) }
            pool = try Self.open(path, busyTimeout, replacesDamaged: replacesDamaged, logger)
        } catch  where EventDatabase.isTransient(error) && Self.mayBeWritable(path) {
            problem = "\(EventDatabase.explain(error, path: path))"
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
        let bounds: (oldest: Int64, newest: Int64)?
        do { bounds = try pool.map(Self.bounds) } catch { throw EventDatabase.explain(error, path: path) }
        witness = SequenceWitness(of: path, in: (runtime.map { [$0] } ?? []) + ["/dev/shm"])
        let (found, remark) = Numbering.resume(
            mark.contents, witness?.record, newest: bounds?.newest, isNew: isNew)
        self.mark = mark
        self.lock = Mutex(lock)
        database = Mutex(pool)
        numbering = Mutex(found)
        busyTimeout.set(BusyTimeout.Limit.usual)
        // What cannot be read now may be readable later.
        contents.withLock { ($0.oldest, $0.newest) = bounds ?? (1, found.last) }
        if let remark { logger.warning("Events go on after \(found.last); \(remark)", metadata: ["log": "\(path)"]) }
        reserve(found.last + 1, upTo: found.last + 1)
        if let problem {
            logger.warning("Events go out but are not logged, until they can be: \(problem)")
        }
    }

    /// Nobody may write where the folder's owner and mode forbid it, and that is for a person to change.
    private static func mayBeWritable(_ path: String) -> Bool {
        let folder = (path as NSString).deletingLastPathComponent
        return access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 || DiskFailure.last.isOfTheDisk
    }

    /// - Returns: nil if the disk refuses.
    private static func lock(_ path: String) throws -> PrivateLock? {
        do {
            return try PrivateLock(path + ".lock")
        } catch is PrivateLock.Held {
            throw VisageError(
                .inUse, "Another visaged writes the event log \(path): stop it or choose another state folder")
        } catch let failure as DiskFailure where failure.isOfTheDisk {
            return nil
        } catch {
            throw VisageError(
                .unwritable, "Cannot write \(path).lock, which keeps other daemons away: check its folder and owner",
                cause: "\(error)")
        }
    }

    private static func open(
        _ path: String, _ busyTimeout: BusyTimeout, replacesDamaged: Bool, _ logger: Logger
    ) throws -> DatabasePool {
        let opened: (pool: DatabasePool, removed: Int)
        do {
            opened = try EventDatabase.open(path, timeout: busyTimeout)
        } catch  where replacesDamaged && EventDatabase.isDamage(error) {
            let aside = try EventDatabase.moveAside(path)
            logger.warning(
                "The event log was damaged; a new one is begun, the old one is kept as \(aside)",
                metadata: ["cause": "\(error)"])
            opened = try EventDatabase.open(path, timeout: busyTimeout)
        }
        if opened.removed > 0 {
            logger.warning("Removed \(opened.removed) events with impossible numbers from the event log \(path)")
        }
        return opened.pool
    }

    /// The lowest `seq` that can be read back; above `newest` when there is none.
    public var oldest: Int64 { contents.withLock { $0.oldest } }
    /// The highest `seq` on disk.
    public var newest: Int64 { contents.withLock { $0.newest } }
    /// The highest `seq` that can be read back, be it on disk or in memory.
    public var readable: Int64 { contents.withLock { $0.backlog.last?.seq ?? $0.newest } }
    /// The highest `seq` ever given, also by earlier runs and when the disk refused.
    public var last: Int64 { numbering.withLock { $0.last } }
    /// Tells this numbering from others.
    public var epoch: String { numbering.withLock { $0.epoch.description } }
    /// How often the epoch has changed.
    var epochChanges: Int { epochs.load(ordering: .acquiring) }

    /// Whether the file could be opened.
    var isOpen: Bool { database.withLock { $0 != nil } }

    var pool: DatabasePool {
        get throws {
            guard let pool = database.withLock({ $0 }) else {
                throw VisageError(.unreadable, "The event log \(path) cannot be opened at present")
            }
            return pool
        }
    }

    /// Where somebody goes on who has everything up to `since` of an epoch.
    /// - Parameter epoch: nil if unknown: it is taken for the present one
    /// - Returns: 0, which is before everything, if this log does not know the place
    public func place(of since: Int64, in epoch: String?) -> Int64 {
        guard let epoch else { return since }
        return numbering.withLock { numbering in
            guard let other = LogEpoch(epoch), let place = numbering.epoch.place(of: since, in: other),
                place <= numbering.last
            else { return 0 }
            return place
        }
    }

    /// Stores events, in one transaction with those that could not be stored before. Their numbers may be sent when it
    /// returns, and when it throws.
    /// - Throws: `VisageError` when the disk refuses; `.inUse` while another process holds a lock. The events are remembered
    ///   and go with a later call.
    public func append(_ entries: [Entry]) throws {
        try storing.withLock { failure in
            if let first = entries.first, let last = entries.last { reserve(first.seq, upTo: last.seq) }
            // Not to be read before the disk has taken or refused them: a number that a subscriber has seen must not be
            // given again.
            let backlog = contents.withLock { $0.backlog }
            guard !backlog.isEmpty || !entries.isEmpty || !isOpen else { return }
            if let earlier = failure, backlog.count >= Self.longBacklog,
                MonotonicTime.now - earlier.time < Self.retryInterval
            {
                keep(entries)
                throw earlier.error
            }
            do {
                try store(backlog + entries)
                note(entries)
                failure = nil
                busyTimeout.set(BusyTimeout.Limit.usual)
            } catch {
                // Who holds a lock for so long may hold it for hours.
                if EventDatabase.isBusy(error) { busyTimeout.set(BusyTimeout.Limit.none) }
                keep(entries)
                let explained = EventDatabase.explain(error, path: path)
                failure = (.now, explained)
                throw explained
            }
        }
    }

    /// Tries once more to store what could not be stored, and closes the file. Nothing may follow.
    public func close() throws {
        defer {
            if let pool = database.withLock({ $0 }) {
                _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                isClosed.withLock { isClosed in
                    isClosed = true
                    try? pool.close()
                }
            }
            finishNumbering()
            lock.withLock { $0 = nil }
        }
        // A long backlog is not left waiting now.
        storing.withLock { $0 = nil }
        try append([])
    }

    private func keep(_ entries: [Entry]) {
        note(entries)
        contents.withLock { contents in
            contents.backlog += entries
            contents.backlog.removeFirst(max(0, contents.backlog.count - EventLog.backlogLimit))
        }
    }

    private func store(_ entries: [Entry]) throws {
        let pool = try openedPool()
        do {
            try insert(entries, into: pool)
        } catch  where EventDatabase.isDamage(error) {
            // A file that is damaged while the daemon runs is treated like one that was damaged at the start.
            logger.warning("The event log is damaged", metadata: ["cause": "\(error)"])
            isClosed.withLock { _ in try? pool.close() }
            database.withLock { $0 = nil }
            // Nothing on disk can be read any more.
            contents.withLock { ($0.oldest, $0.newest) = ($0.newest + 1, $0.newest) }
            let aside = try EventDatabase.moveAside(path)
            logger.warning("A new event log is begun, the damaged one is kept as \(aside)")
            try insert(entries, into: openedPool())
        }
    }

    /// Opens the file if that was not possible before.
    private func openedPool() throws -> DatabasePool {
        if let pool = database.withLock({ $0 }) { return pool }
        try lock.withLock { if $0 == nil { $0 = try Self.lock(path) } }
        let pool = try Self.open(path, busyTimeout, replacesDamaged: true, logger)
        let bounds = try Self.bounds(of: pool)
        contents.withLock { ($0.oldest, $0.newest) = bounds }
        database.withLock { $0 = pool }
        return pool
    }

    private func insert(_ entries: [Entry], into pool: DatabasePool) throws {
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

    /// The first and the last number in the file; the first is above the last where there is none.
    private static func bounds(of pool: DatabasePool) throws -> (oldest: Int64, newest: Int64) {
        try pool.read { database in
            // What is no number, or one that nothing here gives, counts for nothing.
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT (SELECT min(seq) FROM events), (SELECT max(seq) FROM events),
                        (SELECT max(seq) FROM sqlite_sequence
                            WHERE name = 'events' AND typeof(seq) = 'integer' AND seq BETWEEN ? AND ?)
                    """, arguments: [numbers.lowerBound, numbers.upperBound])
            let newest: Int64 = max(row?[1] ?? 0, row?[2] ?? 0)
            let oldest: Int64? = row?[0]
            return (oldest ?? newest + 1, newest)
        }
    }

    // MARK: Numbers

    /// Sees to it that the disk knows that these numbers may have been given; if it refuses, a new epoch begins before
    /// the first of them.
    private func reserve(_ first: Int64, upTo last: Int64) {
        // Only one thread at a time does this; others, which ask for the epoch, must not wait for the disk.
        var next = numbering.withLock { $0 }
        guard last > next.reserved || !next.isRecorded else { return }
        let wasRecorded = next.isRecorded
        let reserved = last + SequenceMark.block - 1
        do {
            try mark.write(SequenceMark.Record(reserved: reserved, last: nil, epoch: next.epoch, token: token))
            (next.reserved, next.isRecorded, next.token) = (reserved, true, token)
        } catch {
            // An epoch that the disk does not know it cannot go on with either.
            guard wasRecorded else { return }
            next.epoch = next.epoch.branch(after: first - 1)
            next.isRecorded = false
            logger.warning(
                "The numbers of events cannot be recorded, so a new epoch begins after \(first - 1)",
                metadata: ["log": "\(path)", "cause": "\(error)"])
        }
        let isNew = wasRecorded && !next.isRecorded
        numbering.withLock { $0 = next }
        if isNew { epochs.wrappingAdd(1, ordering: .releasing) }
        witness?.write(.init(token: next.token, last: next.last, epoch: next.epoch))
    }

    /// Remembers the last number given.
    private func note(_ entries: [Entry]) {
        guard let seq = entries.last?.seq else { return }
        numbering.withLock { numbering in
            numbering.last = max(numbering.last, seq)
            witness?.write(.init(token: numbering.token, last: numbering.last, epoch: numbering.epoch))
        }
    }

    private func finishNumbering() {
        let end = numbering.withLock { $0 }
        do {
            try mark.write(
                SequenceMark.Record(reserved: end.last, last: end.last, epoch: end.epoch, token: token))
            witness?.remove()
        } catch {
            logger.warning(
                "The last number of the events cannot be recorded: \(error)", metadata: ["log": "\(path)"])
        }
    }
}
