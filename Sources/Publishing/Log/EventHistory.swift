import Events
import Foundation
import GRDB
import VisageCore

/// The event log as a file, beside the daemon that may be writing it: SQLite's write-ahead log lets both. Finds the
/// events about a person, and erases the name from them.
public struct EventHistory {
    /// A stretch of a camera's recording in which the name may be drawn.
    public struct Appearance: Sendable, Equatable {
        public let camera: String
        /// First and last file, by name.
        public var files: ClosedRange<String>
        /// RFC 3339.
        public var times: ClosedRange<String>
    }

    /// Replaces an erased name in events.
    public static let forgotten = "forgotten"
    /// A subscriber's reading that is under way keeps the write-ahead log from being emptied for a moment.
    private static let attempts = 10
    /// Rows that one transaction changes, so that the daemon waits for milliseconds only.
    private static let batch = 200

    private let path: String
    private let pool: DatabasePool

    /// - Returns: nil if there is no log.
    /// - Throws: `VisageError` (unwritable, unreadable).
    public init?(at path: String) throws {
        guard access(path, F_OK) == 0 else { return nil }
        self.path = path
        do { pool = try EventDatabase.open(path).pool } catch { throw EventDatabase.explain(error, path: path) }
    }

    /// The events about `identity`.
    /// - Throws: `VisageError`.
    public func events(of identity: Identity) throws -> [Event] { try rows(of: identity).map(\.event) }

    /// Where recordings show it.
    public static func appearances(in events: [Event]) -> [Appearance] {
        struct Track: Hashable {
            let run: String
            let number: Int
        }
        var found: [Track: Appearance] = [:]
        for event in events {
            guard let camera = event.camera, let sighting = event.sighting, let file = sighting.recording?.file else {
                continue
            }
            let track = Track(run: event.run, number: sighting.track)
            var appearance =
                found[track] ?? Appearance(camera: camera, files: file...file, times: event.time...event.time)
            appearance.files = min(appearance.files.lowerBound, file)...max(appearance.files.upperBound, file)
            appearance.times =
                min(appearance.times.lowerBound, event.time)...max(appearance.times.upperBound, event.time)
            found[track] = appearance
        }
        return found.values.sorted { ($0.camera, $0.times.lowerBound) < ($1.camera, $1.times.lowerBound) }
    }

    /// Rewrites the events of `identity` as those of an unknown person who is called `forgotten`. Each keeps its `seq`,
    /// so that subscribers notice nothing; what they were told before they keep.
    /// - Returns: how many there were, and whether the files are free of it: a busy daemon may have what was overwritten
    ///   in its write-ahead log until that goes round.
    /// - Throws: `VisageError`; those that were rewritten by then stay so.
    public func erase(_ identity: Identity) throws -> (count: Int, isClean: Bool) {
        let rows = try rows(of: identity)
        do {
            for start in stride(from: 0, to: rows.count, by: Self.batch) {
                let part = rows[start..<min(rows.count, start + Self.batch)]
                try pool.writeWithoutTransaction { database in
                    // Overwrites what it deletes.
                    try database.execute(sql: "PRAGMA secure_delete = ON")
                    try database.inTransaction {
                        for row in part {
                            var event = row.event
                            event.forget(identity)
                            try database.execute(
                                sql: "UPDATE events SET type = ?, line = ? WHERE seq = ?",
                                arguments: [event.type.rawValue, event.line(), row.seq])
                        }
                        return .commit
                    }
                }
            }
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
        return (rows.count, rows.isEmpty || isWriteAheadLogEmptied())
    }

    private func isWriteAheadLogEmptied() -> Bool {
        (0..<Self.attempts).contains { _ in
            (try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }) != nil
        }
    }

    /// A name or id as it is written in a line, with its quotation marks.
    static func text(of identity: Identity) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return String(decoding: try encoder.encode(identity.name ?? identity.unknownID), as: UTF8.self)
    }

    private func rows(of identity: Identity) throws -> [(seq: Int64, event: Event)] {
        do {
            // Lines that merely contain it are sorted out below.
            let text = try Self.text(of: identity)
            return try pool.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT seq, line FROM events WHERE instr(line, ?) > 0 ORDER BY seq",
                    arguments: [text]
                ).compactMap { row in
                    let seq: Int64 = row[0]
                    guard let line = String.fromDatabaseValue(row[1]),
                        let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)),
                        event.names(identity)
                    else { return nil }
                    return (seq, event)
                }
            }
        } catch {
            throw EventDatabase.explain(error, path: path)
        }
    }
}

extension Event {
    /// Whether the event names `identity`.
    func names(_ identity: Identity) -> Bool {
        let subject = Subject(identity)
        if case .revised(_, _, let revision) = content, revision.from == subject || revision.to == subject {
            return true
        }
        return finding?.subject == subject
    }

    /// Removes the name or id, and how similar the face was.
    mutating func forget(_ identity: Identity) {
        let subject = Subject(identity)
        switch content {
        case .identified(let sighting, let finding), .unknown(let sighting, let finding):
            let finding = finding.forgetting(subject)
            content = finding.name == nil ? .unknown(sighting, finding) : .identified(sighting, finding)
        case .revised(let sighting, let finding, let revision):
            content = .revised(
                sighting, finding.forgetting(subject),
                Revision(from: revision.from.forgetting(subject), to: revision.to.forgetting(subject)))
        case .lost(let sighting, let finding, let departure):
            content = .lost(sighting, finding?.forgetting(subject), departure)
        default: break
        }
    }
}

extension Event.Subject {
    fileprivate func forgetting(_ subject: Event.Subject) -> Event.Subject {
        self == subject ? Event.Subject(.unknown(id: EventHistory.forgotten)) : self
    }
}

extension Event.Finding {
    fileprivate func forgetting(_ subject: Event.Subject) -> Event.Finding {
        guard self.subject == subject else { return self }
        var finding = self
        (finding.name, finding.unknownID) = (nil, EventHistory.forgotten)
        (finding.probability, finding.similarity, finding.margin) = (nil, nil, nil)
        return finding
    }
}
