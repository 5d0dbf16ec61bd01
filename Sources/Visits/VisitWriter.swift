import Events
import Foundation
import GRDB

/// Turns events into rows, within one transaction.
struct VisitWriter {
    let database: Database
    private var known: [String: Int64] = [:]

    init(database: Database) { self.database = database }

    /// Takes in an event about a face; others change nothing.
    mutating func apply(_ event: Event) throws {
        guard let seq = event.seq, let camera = event.camera, let sighting = event.sighting,
            let time = Self.milliseconds(event.time)
        else { return }
        let run = try id(in: "runs", event.run)
        let id = try visit(run, camera, sighting, time)
        try database.cachedStatement(
            sql: """
                UPDATE visits SET end = max(end, ?), last = max(last, ?), file = coalesce(file, ?),
                offset = coalesce(offset, ?) WHERE id = ?
                """
        ).execute(
            arguments: [time, seq, sighting.recording?.file, sighting.recording?.offsetMs, id])
        if let finding = event.finding { try write(finding, id) }
        switch event.content {
        case .revised:
            try database.cachedStatement(
                sql: "UPDATE visits SET revisions = revisions + 1 WHERE id = ? AND last <= ?"
            ).execute(arguments: [id, seq])
        case .lost(let sighting, _, let departure):
            let box = departure.best.box.map { "\($0)" }.joined(separator: " ")
            try database.cachedStatement(
                sql: """
                    UPDATE visits SET over = 1, duration = ?, best = max(0, ? - pts), quality = ?, box = ?, width = ?,
                    height = ? WHERE id = ?
                    """
            ).execute(
                arguments: [
                    departure.durationMs, departure.best.ptsMs, departure.best.quality, box, sighting.frame.width,
                    sighting.frame.height, id,
                ])
        default: break
        }
    }

    private mutating func write(_ finding: Event.Finding, _ id: Int64) throws {
        let kind: Visit.Kind = finding.name == nil ? .unknown : .person
        guard let name = finding.name ?? finding.unknownID else { return }
        try database.cachedStatement(
            sql: """
                UPDATE visits SET kind = ?, subject = ?, similarity = ?, probability = ?, margin = ?, samples = ?
                WHERE id = ?
                """
        ).execute(
            arguments: [
                kind.rawValue, try subject(kind, name), finding.similarity, finding.probability, finding.margin,
                finding.samples, id,
            ])
    }

    /// The row of a track; made if need be, also when the log no longer has the event that began it.
    private mutating func visit(
        _ run: Int64, _ camera: String, _ sighting: Event.Sighting, _ time: Int64
    ) throws -> Int64 {
        let found = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM visits WHERE run = ? AND track = ?"),
            arguments: [run, sighting.track])
        if let found { return found }
        try database.cachedStatement(
            sql: "INSERT INTO visits(run, track, camera, start, end, pts, last) VALUES (?, ?, ?, ?, ?, ?, 0)"
        ).execute(
            arguments: [run, sighting.track, try id(in: "cameras", camera), time, time, sighting.frame.ptsMs])
        return database.lastInsertedRowID
    }

    /// The row of a name or id.
    mutating func subject(_ kind: Visit.Kind, _ name: String) throws -> Int64 {
        let key = "subjects \(kind.rawValue) \(name)"
        if let id = known[key] { return id }
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO subjects(kind, name) VALUES (?, ?)")
            .execute(arguments: [kind.rawValue, name])
        let id = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM subjects WHERE kind = ? AND name = ?"),
            arguments: [kind.rawValue, name])
        known[key] = id
        return id ?? 0
    }

    private mutating func id(in table: String, _ name: String) throws -> Int64 {
        let key = "\(table) \(name)"
        if let id = known[key] { return id }
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO \(table)(name) VALUES (?)").execute(arguments: [name])
        let id = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM \(table) WHERE name = ?"), arguments: [name])
        known[key] = id
        return id ?? 0
    }

    private static func milliseconds(_ text: String) -> Int64? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? style.parse(text) else { return nil }
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
    }
}
