/// Which visits are asked for.
public struct VisitFilter: Sendable, Equatable {
    /// Who.
    public enum Who: Sendable, Equatable {
        case person(String)
        case unknown(String)
        /// All visits with this kind of verdict.
        case kind(Visit.Kind)
    }

    public var who: Who?
    /// Of the fleet; nil: all machines.
    public var machine: String?
    /// Of `machine`; without one, a camera of this machine.
    public var camera: String?
    /// Of appearances; milliseconds since 1970.
    public var times: Range<Int64>?

    public init(who: Who? = nil, machine: String? = nil, camera: String? = nil, times: Range<Int64>? = nil) {
        self.who = who
        self.machine = machine
        self.camera = camera
        self.times = times
    }
}

/// A place in the order of visits: newest first, and among those of the same millisecond by id.
public struct VisitCursor: Sendable, Equatable {
    public var start: Int64
    public var id: Int64

    public init(start: Int64, id: Int64) {
        self.start = start
        self.id = id
    }

    public init(_ visit: Visit) { self.init(start: visit.start, id: visit.id) }

    /// Reads what `text` gives.
    public init?(text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Int64(parts[0]), let id = Int64(parts[1]), start >= 0, id >= 0 else {
            return nil
        }
        self.init(start: start, id: id)
    }

    public var text: String { "\(start)-\(id)" }
}
