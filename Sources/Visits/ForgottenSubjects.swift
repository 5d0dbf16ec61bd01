import Foundation
import GRDB
import Storage
import VisageCore

/// Who has been forgotten, and when. The brokers of a fleet keep the events of other machines as they were told, and a machine
/// that was away tells them later: those from before that time do not bring the name back. Names are kept as digests with
/// a salt of this database.
struct ForgottenSubjects {
    private let salt: Data
    private let times: [Data: Int64]

    init(_ database: Database) throws {
        salt = try Data.fetchOne(database, sql: "SELECT salt FROM place") ?? Data()
        var times: [Data: Int64] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT digest, time FROM forgotten") { times[row[0]] = row[1] }
        self.times = times
    }

    /// Whether whom an event of this time names was forgotten after it.
    func contains(_ kind: Visit.Kind, _ name: String, at time: Int64) -> Bool {
        guard !times.isEmpty, let forgotten = times[digest(kind, name)] else { return false }
        return time <= forgotten
    }

    fileprivate func digest(_ kind: Visit.Kind, _ name: String) -> Data {
        FileDigest.bytes(of: salt + Data("\(kind.rawValue) \(name)".utf8))
    }
}

extension VisitStore {
    /// - Parameter kind: of the name. Nothing is kept if no other machine is followed.
    static func remember(forgotten kind: Visit.Kind, _ name: String, in database: Database) throws {
        guard try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM machines)") == true else { return }
        try database.execute(
            sql: "INSERT OR REPLACE INTO forgotten VALUES (?, ?)",
            arguments: [
                try ForgottenSubjects(database).digest(kind, name), Int64(Date().timeIntervalSince1970 * 1000),
            ])
    }

    /// Whether a visit names somebody.
    /// - Throws: `VisageError` (unwritable).
    public func contains(_ identity: Identity) throws -> Bool {
        let (kind, name) = Self.subject(identity)
        return try reading { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM subjects WHERE kind = ? AND name = ?)",
                arguments: [kind.rawValue, name]) == true
        }
    }
}
