import Foundation
import GRDB
import VisageCore

/// Opens the log's SQLite file, tells damage from other trouble, and moves a damaged file out of the way.
enum EventDatabase {
    /// Opens or makes the file.
    /// - Parameter timeout: how long to wait for another process's lock; nil: two seconds each time.
    /// - Returns: the database, and how many rows were removed because they have numbers that nothing here gives.
    static func open(_ path: String, timeout: BusyTimeout? = nil) throws -> (pool: DatabasePool, removed: Int) {
        try prepareFiles(path)
        var configuration = Configuration()
        configuration.label = "visage.events"
        // Another process that looks into the file may hold it for a moment.
        configuration.busyMode = timeout.map { timeout in .callback { timeout.wait($0) } } ?? .timeout(2)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            guard !database.configuration.readonly else { return }
            // Effective only before the first table; lets retention give space back to the file system.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_size_limit = 4194304")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // Events are few, and a number that a reader has seen must not come again after a power cut.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try migrations.migrate(pool)
        let removed = try pool.write { try check($0, size: fileSize(path)) }
        try FileManager.default.synchronize(folder: (path as NSString).deletingLastPathComponent)
        return (pool, removed)
    }

    /// Moves the file and its companions to names that end in the time. Returns the new name.
    static func moveAside(_ path: String, now: Date = Date()) throws -> String {
        let stamp = now.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        var target = "\(path).damaged-\(stamp)"
        var copy = 1
        while access(target, F_OK) == 0 {
            copy += 1
            target = "\(path).damaged-\(stamp)-\(copy)"
        }
        // The companions first: a fresh database must never meet the old one's write-ahead log.
        for suffix in ["-wal", "-shm", ""] where access(path + suffix, F_OK) == 0 {
            guard rename(path + suffix, target + suffix) == 0 else {
                throw VisageError(
                    .unwritable, "Cannot move the damaged event log \(path) aside: move it away by hand",
                    cause: String(cString: strerror(errno)))
            }
        }
        try? FileManager.default.synchronize(folder: (path as NSString).deletingLastPathComponent)
        return target
    }

    /// The damaged logs that were moved aside, companions included, sorted by path.
    static func damagedFiles(of path: String) -> [String] {
        let (folder, name) = ((path as NSString).deletingLastPathComponent, (path as NSString).lastPathComponent)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        return names.filter { $0.hasPrefix("\(name).damaged-") }.sorted().map {
            (folder as NSString).appendingPathComponent($0)
        }
    }

    static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    /// Whether the file may be usable later although nobody changes anything: the disk is full, read-only or failing, or
    /// somebody holds a lock.
    static func isTransient(_ error: any Error) -> Bool {
        if let failure = error as? DiskFailure { return failure.isOfTheDisk }
        guard let error = error as? DatabaseError else { return false }
        return isBusy(error)
            || [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_NOMEM].contains(
                error.resultCode)
    }

    static func isBusy(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode)
    }

    static func explain(_ error: any Error, path: String) -> VisageError {
        if let error = error as? VisageError { return error }
        let cause = (error as? DatabaseError)?.message ?? "\(error)"
        if isDamage(error) {
            return VisageError(
                .unreadable, "The event log \(path) is damaged: move it away and start again", cause: cause)
        }
        if isBusy(error) {
            return VisageError(.inUse, "Another program holds the event log \(path): end that program", cause: cause)
        }
        return VisageError(
            .unwritable, "The event log \(path) cannot be written: check its folder, owner and free space",
            cause: cause)
    }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE events(
                        seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, type TEXT NOT NULL,
                        camera TEXT, line TEXT NOT NULL)
                    """)
        }
        // The highest number that retention has deleted: what else is missing is lost. What a log from before this table
        // lacks at its beginning counts as deleted.
        migrator.registerMigration("retention") { database in
            try database.execute(
                sql: """
                    CREATE TABLE retention(deleted INTEGER NOT NULL);
                    INSERT INTO retention SELECT coalesce(
                        (SELECT min(seq) - 1 FROM events), (SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'), 0)
                    """)
        }
        return migrator
    }

    /// Looks at what opening alone does not: both ends of the table, and everything while that takes no time.
    /// - Returns: how many rows were removed because they have numbers that nothing here gives.
    private static func check(_ database: Database, size: Int) throws -> Int {
        if try migrations.hasBeenSuperseded(database) {
            throw VisageError(
                .unwritable, "The event log was written by a newer Visage: move it away or upgrade")
        }
        _ = try Row.fetchOne(database, sql: "SELECT * FROM events ORDER BY seq LIMIT 1")
        _ = try Row.fetchOne(database, sql: "SELECT * FROM events ORDER BY seq DESC LIMIT 1")
        if size < 16 << 20 {
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
            if let verdict, verdict != "ok" { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict) }
        }
        let bounds: StatementArguments = [EventLog.numbers.lowerBound, EventLog.numbers.upperBound]
        let strange = "FROM events WHERE seq < ? OR seq > ?"
        guard try Int.fetchOne(database, sql: "SELECT count(*) \(strange)", arguments: bounds) ?? 0 > 0 else {
            return 0
        }
        try database.execute(sql: "DELETE \(strange)", arguments: bounds)
        return database.changesCount
    }

    /// SQLite makes its companions with the mode of the database, so the mode is set before it sees the file. Whoever could
    /// open one of these, even only to read, could hold locks that stop every writer: the owner alone may.
    private static func prepareFiles(_ path: String) throws {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DiskFailure.last }
        defer { close(descriptor) }
        // Fails where the file is another user's; then its mode is that user's business.
        _ = fchmod(descriptor, 0o600)
        // Version 0.1 let the group read them.
        for suffix in ["-wal", "-shm"] { _ = chmod(path + suffix, 0o600) }
    }

    private static func fileSize(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
