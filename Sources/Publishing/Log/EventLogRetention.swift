import Foundation
import GRDB
import VisageCore

extension EventLog {
    /// Deletes what retention no longer covers, oldest first, and gives the space back. Works in short
    /// transactions, so that events go on being stored meanwhile.
    /// - Parameter quota: how many events may go because of their age; nil for all
    public func trim(now: Date, quota: inout AgeQuota?) throws {
        do {
            try deleteExpired(now: now, quota: &quota)
            try deleteExcess(over: retention.bytes)
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }

    /// As above, by the clock of `retention`: while that is not trusted, only the size counts.
    public func trim(quota: inout AgeQuota?) throws {
        if let now = retention.clock() { return try trim(now: now, quota: &quota) }
        do {
            try deleteExcess(over: retention.bytes)
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }

    /// Deletes all that is too old.
    public func trim(now: Date = Date()) throws {
        var all: AgeQuota?
        try trim(now: now, quota: &all)
    }

    /// Gives so many bytes back to a disk that needs them, and with them the oldest events.
    /// - Throws: `VisageError` (unwritable, unreadable).
    package func shed(bytes: Int64) throws {
        do {
            try deleteExcess(over: max(0, usedBytes() - bytes))
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }

    /// Only ever a stretch at the beginning, so that the log has no holes even if the clock once jumped.
    private func deleteExpired(now: Date, quota: inout AgeQuota?) throws {
        let limit = Int64((now.timeIntervalSince1970 - retention.age.inSeconds) * 1000)
        // Events of a clock that was ahead do not keep those that came before and after them.
        let horizon = Int64((now.timeIntervalSince1970 + 86_400) * 1000)
        let firstKept = try pool.read { database in
            try Int64.fetchOne(
                database, sql: "SELECT seq FROM events WHERE time >= ? AND time <= ? ORDER BY seq LIMIT 1",
                arguments: [limit, horizon])
                ?? Int64.fetchOne(
                    database, sql: "SELECT seq FROM events WHERE time >= ? ORDER BY seq LIMIT 1", arguments: [limit])
        }
        let end = firstKept ?? newest + 1
        let due = Int(clamping: max(0, end - oldest))
        let allowed = quota?.take(due: due, of: Int(clamping: max(0, newest - oldest + 1)), at: .now) ?? due
        try delete(upTo: oldest + Int64(allowed) - 1)
    }

    private func deleteExcess(over limit: Int64) throws {
        // Rows differ in size, so the share to delete is a guess that is made again.
        for _ in 0..<8 {
            let used = try usedBytes()
            guard used > limit, oldest <= newest else { return }
            let target = Double(limit) * 0.9
            let share = min(1, (Double(used) - target) / Double(used))
            let count = Int64((Double(newest - oldest + 1) * share).rounded(.up))
            try delete(upTo: oldest + count - 1)
        }
    }

    private func delete(upTo last: Int64) throws {
        guard last >= oldest else { return }
        while oldest <= last {
            let step = min(last, oldest + 1_999)
            try pool.write { database in
                try database.execute(sql: "DELETE FROM events WHERE seq <= ?", arguments: [step])
                try database.execute(sql: "UPDATE retention SET deleted = ?", arguments: [step])
            }
            contents.withLock { $0.oldest = step + 1 }
        }
        var free = Int.max
        while free > 0 {
            let left = try pool.write { database in
                try database.execute(sql: "PRAGMA incremental_vacuum(1000)")
                return try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            }
            // A file that was not made for it gives nothing back, and the pages are used again.
            if left >= free { break }
            free = left
        }
        // A reader may be in the way; then the next round does it.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    private func usedBytes() throws -> Int64 {
        try pool.read { database in
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            return (pages - free) * (try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096)
        }
    }
}
