import GRDB
import VisageCore

extension EventLog {
    /// A stretch of the log.
    public struct Page: Sendable {
        /// Lines without newline, in the order of their `seq`.
        public var lines: [String]
        /// Everything up to here has been looked at: the `since` for the next page.
        public var scanned: Int64
    }

    /// Reads, unless the log is being closed: GRDB's pool must not be closed while somebody begins to read from it.
    private func reading<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws -> Value {
        try isClosed.withLock { isClosed in
            guard !isClosed else { throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the log is closed") }
            return try pool.read(body)
        }
    }

    /// The next events after `since` that pass the filter. A page is small, and so is the work for it: it may be
    /// empty although more follows. `scanned == newest` says that nothing does.
    public func read(
        after since: Int64, matching filter: EventFilter = EventFilter(), limit: Int = 128,
        bytes: Int = 32_768
    ) throws -> Page {
        let (oldest, newest) = bounds.withLock { ($0.oldest, $0.newest) }
        let start = max(since, oldest - 1)
        let end = min(newest, start + 4_096)
        guard start < end else { return Page(lines: [], scanned: max(since, newest)) }
        var conditions = ["seq > ?", "seq <= ?"]
        var arguments: StatementArguments = [start, end]
        if let types = filter.types {
            conditions.append("type IN (\(databaseQuestionMarks(count: types.count)))")
            arguments += StatementArguments(types.map(\.rawValue))
        }
        if let cameras = filter.cameras {
            conditions.append(
                "(camera IS NULL OR camera IN (\(databaseQuestionMarks(count: cameras.count))))")
            arguments += StatementArguments(cameras)
        }
        let sql =
            "SELECT seq, line FROM events WHERE \(conditions.joined(separator: " AND ")) ORDER BY seq LIMIT ?"
        arguments += [limit]
        do {
            return try reading { [arguments] database in
                var page = Page(lines: [], scanned: start)
                var size = 0
                let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
                while let row = try rows.next() {
                    let line: String = row[1]
                    page.lines.append(line)
                    page.scanned = row[0]
                    size += line.utf8.count
                    if size >= bytes { return page }
                }
                if page.lines.count < limit { page.scanned = end }
                return page
            }
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }
}
