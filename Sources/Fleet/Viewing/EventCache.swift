/// Events that were fetched, for all subscribers together; the oldest go first.
struct EventCache {
    /// Which event.
    struct Key: Hashable {
        let machine: String
        let position: UInt64
    }

    /// In bytes of lines.
    private let capacity: Int
    private var events: [Key: FleetEvent] = [:]
    private var order: [Key] = []
    private var first = 0
    private var bytes = 0

    init(capacity: Int = 8 << 20) { self.capacity = capacity }

    subscript(key: Key) -> FleetEvent? { events[key] }

    mutating func add(_ event: FleetEvent, _ key: Key) {
        guard events[key] == nil else { return }
        events[key] = event
        order.append(key)
        bytes += event.line.utf8.count
        while bytes > capacity, first < order.count {
            bytes -= events.removeValue(forKey: order[first])?.line.utf8.count ?? 0
            first += 1
        }
        if first > 4096 {
            order.removeFirst(first)
            first = 0
        }
    }

    mutating func remove(machine: String) {
        for key in events.keys where key.machine == machine {
            bytes -= events.removeValue(forKey: key)?.line.utf8.count ?? 0
        }
        order = order[first...].filter { events[$0] != nil }
        first = 0
    }
}
