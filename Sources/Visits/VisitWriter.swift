import Events
import Foundation
import GRDB
import VisageCore

/// Turns events into rows, within one transaction.
struct VisitWriter {
    let database: Database
    /// Whose events they are; empty: of this machine.
    private let machine: String
    private var known: [String: Int64] = [:]
    private var forgotten: ForgottenSubjects?

    init(database: Database, machine: String = "") {
        self.database = database
        self.machine = machine
    }

    /// Takes in an event about a face; others change nothing.
    mutating func apply(_ event: Event) throws {
        guard let seq = event.seq, let camera = event.camera, let sighting = event.sighting,
            let time = Self.milliseconds(event.time), time >= 0
        else { return }
        let run = try id(in: "runs", runName(event.run))
        let id = try visit(run, camera, sighting, time)
        try database.cachedStatement(
            sql: """
                UPDATE visits SET end = max(end, ?), last = max(last, ?), file = coalesce(file, ?),
                offset = coalesce(offset, ?) WHERE id = ?
                """
        ).execute(
            arguments: [time, seq, sighting.recording?.file, sighting.recording?.offsetMs, id])
        if let finding = event.finding { try write(finding, id, time) }
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

    /// Another machine cannot write the visits of this one, whatever it calls its runs.
    func runName(_ run: String) -> String { machine.isEmpty ? run : "\(machine)/\(run)" }

    private mutating func write(_ finding: Event.Finding, _ id: Int64, _ time: Int64) throws {
        var finding = finding
        var kind: Visit.Kind = finding.name == nil ? .unknown : .person
        guard var name = finding.name ?? finding.unknownID.map(unknownID) else { return }
        // The log of this machine was rewritten; what others have told was not.
        if !machine.isEmpty, try isForgotten(kind, name, time) {
            (kind, name) = (.unknown, VisitStore.forgotten)
            (finding.similarity, finding.probability, finding.margin) = (nil, nil, nil)
        }
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

    /// Ids that no machine of the fleet gives twice stay as they are; `unknown-4` of another machine is somebody else
    /// than that of this one.
    private func unknownID(_ id: String) -> String {
        if machine.isEmpty || id == VisitStore.forgotten { return id }
        let isShared = UnknownNumber.number(of: id).map { UnknownNumber.machine(of: $0) > 0 } ?? false
        return isShared ? id : "\(machine)/\(id)"
    }

    private mutating func isForgotten(_ kind: Visit.Kind, _ name: String, _ time: Int64) throws -> Bool {
        let subjects = try forgotten ?? ForgottenSubjects(database)
        forgotten = subjects
        return subjects.contains(kind, name, at: time)
    }

    /// Ends the visits of the machine's earlier runs: it does not follow those faces any more.
    func endVisits(exceptOf run: String) throws {
        try database.cachedStatement(
            sql: """
                UPDATE visits SET over = 1
                WHERE over = 0 AND run IS NOT (SELECT id FROM runs WHERE name = ?)
                AND camera IN (SELECT id FROM cameras WHERE machine = ?)
                """
        ).execute(arguments: [runName(run), machine])
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
            arguments: [run, sighting.track, try self.camera(camera), time, time, sighting.frame.ptsMs])
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

    private mutating func camera(_ name: String) throws -> Int64 {
        let key = "cameras \(name)"
        if let id = known[key] { return id }
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO cameras(machine, name) VALUES (?, ?)")
            .execute(arguments: [machine, name])
        let id = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM cameras WHERE machine = ? AND name = ?"),
            arguments: [machine, name])
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
