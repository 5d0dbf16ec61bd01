import Events
import GRDB

/// The visits at other machines of a fleet.
extension VisitStore {
    /// Up to where the events of another machine have been read.
    public struct MachinePlace: Sendable, Equatable {
        /// In the machine's stream.
        public var position: Int64
        /// Tells the event at `position` from one of another stream; empty: nothing is known of it.
        public var mark: String

        public init(position: Int64, mark: String) {
            self.position = position
            self.mark = mark
        }
    }

    /// Of all other machines, by name, and how often somebody was forgotten, see `Place`.
    /// - Throws: `VisageError` (unwritable).
    public func machinePlaces() throws -> (places: [String: MachinePlace], generation: Int64) {
        try reading { database in
            var places: [String: MachinePlace] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT name, position, mark FROM machines") {
                places[row[0]] = MachinePlace(position: row[1], mark: row[2])
            }
            return (places, try Int64.fetchOne(database, sql: "SELECT generation FROM place") ?? 0)
        }
    }

    /// Takes in events of other machines.
    /// - Parameters:
    ///   - events: those of each machine in order; `seq` is the position in its stream.
    ///   - places: up to where they reach.
    /// - Returns: false, and nothing is changed, if somebody was forgotten since `generation` was read: the events have to be
    ///   read anew.
    /// - Throws: `VisageError` (unwritable).
    public func apply(
        _ events: [(machine: String, event: Event)], upTo places: [String: MachinePlace], generation: Int64
    ) throws -> Bool {
        try writing { database in
            guard try Int64.fetchOne(database, sql: "SELECT generation FROM place") == generation else { return false }
            var writers: [String: VisitWriter] = [:]
            var runs: [String: String] = [:]
            for (machine, event) in events {
                try writers[machine, default: VisitWriter(database: database, machine: machine)].apply(event)
                runs[machine] = event.run
            }
            for (machine, run) in runs { try writers[machine]?.endVisits(exceptOf: run) }
            for (machine, place) in places {
                try database.cachedStatement(sql: "INSERT OR REPLACE INTO machines VALUES (?, ?, ?)")
                    .execute(arguments: [machine, place.position, place.mark])
            }
            return true
        }
    }

    /// Deletes the visits of which a machine's stream has nothing any more.
    /// - Parameter oldest: the lowest position in the stream.
    /// - Returns: how many visits were deleted.
    /// - Throws: `VisageError` (unwritable).
    @discardableResult public func trim(machine: String, oldest: Int64) throws -> Int {
        try trim(machine, "last", below: oldest)
    }

    /// Deletes the visits of a machine that began before a time.
    /// - Parameter time: in milliseconds since 1970.
    /// - Returns: how many visits were deleted.
    /// - Throws: `VisageError` (unwritable).
    @discardableResult public func trim(machine: String, before time: Int64) throws -> Int {
        try trim(machine, "start", below: time)
    }

    /// Deletes all visits of another machine, whose events will be read anew.
    /// - Throws: `VisageError` (unwritable).
    public func clear(machine: String) throws {
        guard !machine.isEmpty else { return }
        try writing { database in
            try database.execute(
                sql: "DELETE FROM visits WHERE camera IN (SELECT id FROM cameras WHERE machine = ?)",
                arguments: [machine])
            try database.execute(sql: "DELETE FROM machines WHERE name = ?", arguments: [machine])
            try Self.deleteUnused(database)
        }
    }

    /// Deletes all visits of other machines: this one is in no fleet any more.
    /// - Throws: `VisageError` (unwritable).
    public func clearMachines() throws {
        let machines = try reading { database in
            try String.fetchAll(
                database,
                sql: "SELECT name FROM machines UNION SELECT DISTINCT machine FROM cameras WHERE machine <> ''")
        }
        for machine in machines { try clear(machine: machine) }
    }
}
