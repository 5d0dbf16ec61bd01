import Foundation
import GRDB

extension VisitStore {
    private static let columns = """
        visits.id, cameras.name, visits.kind, subjects.name, start, end, duration, over, similarity, probability, margin,
        samples, revisions, file, offset, best, quality, box, width, height,
        cameras.machine
        """
    private static let tables = """
        visits LEFT JOIN cameras ON cameras.id = visits.camera LEFT JOIN subjects ON subjects.id = visits.subject
        """

    /// Visits, newest first.
    /// - Parameters:
    ///   - cursor: only visits that come after this place in the order.
    ///   - limit: at most so many.
    /// - Throws: `VisageError` (unwritable).
    public func visits(_ filter: VisitFilter = VisitFilter(), after cursor: VisitCursor? = nil, limit: Int) throws
        -> [Visit]
    {
        try visits(filter, cursor: cursor, isForward: false, limit: limit)
    }

    /// The visit that appeared next after a place in time.
    /// - Throws: `VisageError` (unwritable).
    public func visit(_ filter: VisitFilter = VisitFilter(), newerThan cursor: VisitCursor) throws -> Visit? {
        try visits(filter, newerThan: cursor, limit: 1).first
    }

    /// The visits that appeared next after a place in time, oldest first.
    /// - Throws: `VisageError` (unwritable).
    public func visits(_ filter: VisitFilter = VisitFilter(), newerThan cursor: VisitCursor, limit: Int) throws
        -> [Visit]
    {
        try visits(filter, cursor: cursor, isForward: true, limit: limit)
    }

    /// - Throws: `VisageError` (unwritable).
    public func visit(_ id: Int64) throws -> Visit? {
        try reading { database in
            try Row.fetchOne(
                database, sql: "SELECT \(Self.columns) FROM \(Self.tables) WHERE visits.id = ?", arguments: [id]
            ).map(Self.visit)
        }
    }

    /// Everybody with a visit: names of people and ids of unknown people, sorted by name.
    /// - Throws: `VisageError` (unwritable).
    public func subjects() throws -> [(kind: Visit.Kind, name: String)] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT kind, name FROM subjects ORDER BY kind, name COLLATE NOCASE")
                .compactMap { row in
                    Visit.Kind(rawValue: row[0]).map { ($0, row[1]) }
                }
        }
    }

    /// The cameras with a visit, sorted by machine and name; those of this machine first, without a machine.
    /// - Throws: `VisageError` (unwritable).
    public func cameras() throws -> [(machine: String?, name: String)] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT nullif(machine, ''), name FROM cameras ORDER BY machine, name")
                .map { ($0[0], $0[1]) }
        }
    }

    private func visits(_ filter: VisitFilter, cursor: VisitCursor?, isForward: Bool, limit: Int) throws -> [Visit] {
        try reading { database in
            func found(_ camera: Int64?) throws -> [Visit] {
                try Self.visits(database, filter, camera, cursor, isForward, limit)
            }
            let machine = filter.machine.flatMap { $0 == self.machine ? nil : $0 } ?? ""
            if let name = filter.camera {
                let camera = try Int64.fetchOne(
                    database, sql: "SELECT id FROM cameras WHERE machine = ? AND name = ?", arguments: [machine, name])
                return try camera.map(found) ?? []
            }
            guard filter.machine != nil else { return try found(nil) }
            // The first visits of each camera come from an index in order, and are merged here.
            let cameras = try Int64.fetchAll(
                database, sql: "SELECT id FROM cameras WHERE machine = ?", arguments: [machine])
            let all = try cameras.flatMap(found).sorted { ($0.start, $0.id) < ($1.start, $1.id) }
            return isForward ? Array(all.prefix(limit)) : all.suffix(limit).reversed()
        }
    }

    private static func visits(
        _ database: Database, _ filter: VisitFilter, _ camera: Int64?, _ cursor: VisitCursor?, _ isForward: Bool,
        _ limit: Int
    ) throws -> [Visit] {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func add(_ condition: String, _ values: StatementArguments) {
            conditions.append(condition)
            arguments += values
        }
        if let camera { add("visits.camera = ?", [camera]) }
        let subject = "visits.subject = (SELECT id FROM subjects WHERE kind = ? AND name = ?)"
        switch filter.who {
        case .person(let name): add(subject, [Visit.Kind.person.rawValue, name])
        case .unknown(let id): add(subject, [Visit.Kind.unknown.rawValue, id])
        case .kind(let kind): add("visits.kind = ?", [kind.rawValue])
        case nil: break
        }
        if let times = filter.times { add("start >= ? AND start < ?", [times.lowerBound, times.upperBound]) }
        if let cursor {
            // A row value, so that the index is entered at this place.
            add("(start, visits.id) \(isForward ? ">" : "<") (?, ?)", [cursor.start, cursor.id])
        }
        let clause = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let order = isForward ? "start, visits.id" : "start DESC, visits.id DESC"
        arguments += [limit]
        return try Row.fetchAll(
            database, sql: "SELECT \(columns) FROM \(tables) \(clause) ORDER BY \(order) LIMIT ?",
            arguments: arguments
        ).map(visit)
    }

    static func visits(_ database: Database, where condition: String, _ arguments: StatementArguments) throws -> [Visit]
    {
        try Row.fetchAll(
            database, sql: "SELECT \(columns) FROM \(tables) WHERE \(condition)", arguments: arguments
        ).map(visit)
    }

    private static func visit(_ row: Row) -> Visit {
        let box: String? = row[17]
        let machine: String? = row[20]
        return Visit(
            id: row[0], machine: machine?.isEmpty == false ? machine : nil, camera: row[1],
            kind: Visit.Kind(rawValue: row[2]) ?? .undecided, subject: row[3],
            start: row[4],
            end: row[5], durationMs: row[6], isOver: row[7], similarity: row[8], probability: row[9], margin: row[10],
            samples: row[11], revisions: row[12], file: row[13], offsetMs: row[14], bestAfterMs: row[15],
            quality: row[16], box: box.map { $0.split(separator: " ").compactMap { Double($0) } }, width: row[18],
            height: row[19])
    }
}
