import Events
import GRDB
import VisageCore

extension EventLog {
    /// A stretch of the log.
    public struct Page: Sendable {
        /// Lines without newline, in the order of their `seq`.
        public var lines: [String] = []
        /// Everything up to here has been looked at: the `since` for the next page.
        public var scanned: Int64
        /// Events between the page before and the first of `lines` that the log does not have: it could not be written
        /// for so long that they were given up.
        public var lost = 0
        /// The `seq` of the last one of them; 0 if there are none.
        public var lastLost: Int64 = 0

        init(after since: Int64) { scanned = since }

        /// Takes the event at `seq`, which follows what was looked at last.
        /// - Parameter line: nil where the filter does not let it through
        /// - Returns: false if it belongs on the next page: there is a hole before it, and a page ends at a hole.
        fileprivate mutating func add(_ seq: Int64, line: String?) -> Bool {
            guard skip(to: seq - 1) else { return false }
            scanned = seq
            if let line { lines.append(line) }
            return true
        }

        /// Counts everything up to `seq` that was not looked at as lost.
        /// - Returns: false if there is such a hole and the page has lines already.
        fileprivate mutating func skip(to seq: Int64) -> Bool {
            guard seq > scanned else { return true }
            guard lines.isEmpty else { return false }
            lost += Int(clamping: seq - scanned)
            (lastLost, scanned) = (seq, seq)
            return true
        }
    }

    /// How many rows are looked at for one page.
    private static let rowsPerPage: Int64 = 4_096

    /// Reads, unless the log is being closed: GRDB's pool must not be closed while a read from it begins.
    private func reading<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws -> Value {
        try isClosed.withLock { isClosed in
            guard !isClosed else { throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the log is closed") }
            return try pool.read(body)
        }
    }

    /// The next events after `since` that pass the filter, from disk and then from memory. What retention has deleted is
    /// passed over. A page is small, and so is the work for it: it may be empty although more follows.
    /// `scanned >= readable` says that nothing does.
    /// - Parameters:
    ///   - limit: of lines
    ///   - bytes: of lines together; the last one may exceed it
    /// - Throws: `VisageError` (unreadable, unwritable).
    public func read(
        after since: Int64, matching filter: EventFilter = EventFilter(), limit: Int = 128,
        bytes: Int = 32_768
    ) throws -> Page {
        let contents = contents.withLock { $0 }
        guard since < contents.newest else {
            return EventLog.page(of: contents.backlog, after: since, matching: filter, limit: limit, bytes: bytes)
        }
        do {
            return try reading { database in
                // Whatever else has written to the file: what is there was not deleted.
                let deleted =
                    try Int64.fetchOne(
                        database,
                        sql: """
                            SELECT min(deleted, (SELECT min(seq) - 1 FROM events)) FROM retention
                                WHERE typeof(deleted) = 'integer'
                            """) ?? contents.oldest - 1
                let start = max(since, deleted)
                let end = min(contents.newest, start + EventLog.rowsPerPage)
                var page = Page(after: start)
                var size = 0
                // The filter is not SQLite's to apply: rows that it leaves out would look like holes.
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT seq, type, camera, line FROM events WHERE seq > ? AND seq <= ? ORDER BY seq",
                    arguments: [start, end])
                while let row = try rows.next() {
                    // What is not text, in a file that something else has written to, is passed over.
                    let text: [String?] = (1...3).map { String.fromDatabaseValue(row[$0]) }
                    let passes =
                        text[0].flatMap(EventType.init).map { filter.passes(type: $0, camera: text[1]) }
                        // A type that only a newer version knows goes to subscribers that want all types.
                        ?? (filter.types == nil)
                    let line = passes ? text[2] : nil
                    guard page.add(row[0], line: line) else { return page }
                    size += line?.utf8.count ?? 0
                    if page.lines.count >= limit || size >= bytes { return page }
                }
                // A hole may be a long one: it is told in one piece.
                let next =
                    try page.lines.isEmpty
                    ? Int64.fetchOne(
                        database, sql: "SELECT min(seq) FROM events WHERE seq > ?", arguments: [page.scanned])
                    : nil
                _ = page.skip(to: max(end, (next ?? contents.newest + 1) - 1))
                return page
            }
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }

    private static func page(
        of backlog: [Entry], after since: Int64, matching filter: EventFilter, limit: Int, bytes: Int
    ) -> Page {
        var page = Page(after: since)
        var size = 0
        for entry in backlog where entry.seq > since {
            let line = filter.passes(type: entry.type, camera: entry.camera) ? entry.line : nil
            guard page.add(entry.seq, line: line) else { break }
            size += line?.utf8.count ?? 0
            if page.lines.count >= limit || size >= bytes { break }
        }
        return page
    }
}
