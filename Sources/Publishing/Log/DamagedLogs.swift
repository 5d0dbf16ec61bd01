import Events
import Foundation
import VisageCore

/// Event logs that were damaged and moved aside, as `events.db.damaged-<time>`. SQLite cannot be relied on to find or to
/// overwrite a name in them, so they are searched as bytes and deleted as a whole.
struct DamagedLogs {
    /// Bytes that are looked at at a time.
    private static let chunk = 1 << 20

    /// One for each database, without those of its companions.
    let paths: [String]

    /// - Parameter path: of the log
    init(of path: String) {
        let files = EventDatabase.damagedFiles(of: path)
        // A companion may be all that is left.
        paths = Set(files.map(Self.database)).sorted()
    }

    /// Those in which one of the names or ids stands, or that cannot be searched.
    func naming(_ identities: [Identity]) -> [String] {
        let texts = identities.compactMap { try? EventHistory.text(of: $0) }.map { Data($0.utf8) }
        return paths.filter { path in Self.files(of: path).contains { Self.holds(texts, file: $0) } }
    }

    /// Deletes a database and its companions.
    /// - Throws: `VisageError` (unwritable).
    static func remove(_ path: String) throws {
        for file in files(of: path) where unlink(file) != 0 {
            throw VisageError(.unwritable, "\(file) cannot be removed", cause: String(cString: strerror(errno)))
        }
        try? FileManager.default.synchronize(folder: (path as NSString).deletingLastPathComponent)
    }

    private static func files(of path: String) -> [String] {
        ["-wal", "-shm", ""].map { path + $0 }.filter { access($0, F_OK) == 0 }
    }

    private static func database(of file: String) -> String {
        ["-wal", "-shm"].first(where: file.hasSuffix).map { String(file.dropLast($0.count)) } ?? file
    }

    private static func holds(_ texts: [Data], file: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: file) else { return true }
        defer { try? handle.close() }
        let overlap = max(1, texts.map(\.count).max() ?? 1) - 1
        var window = Data()
        do {
            while let next = try handle.read(upToCount: chunk), !next.isEmpty {
                // A name may lie across the border.
                window = Data(window.suffix(overlap)) + next
                if texts.contains(where: { window.range(of: $0) != nil }) { return true }
            }
            return false
        } catch {
            return true
        }
    }
}
