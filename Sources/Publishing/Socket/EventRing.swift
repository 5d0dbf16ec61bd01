import NIOCore

/// The last logged events, in memory: bridges the moment between the end of a replay from disk and the live
/// stream.
struct EventRing {
    private let capacity: Int
    private var events = CircularBuffer<PublishedEvent>()

    init(capacity: Int) { self.capacity = capacity }

    mutating func append(_ event: PublishedEvent) {
        guard event.seq != nil else { return }
        if events.count == capacity { events.removeFirst() }
        events.append(event)
    }

    /// Whether everything after `seq` that has been delivered is in here.
    func covers(_ seq: Int64) -> Bool {
        guard let first = events.first?.seq else { return false }
        return first <= seq + 1
    }

    /// How many events after `seq` are in here.
    func count(after seq: Int64) -> Int {
        guard let first = events.first?.seq, let last = events.last?.seq else { return 0 }
        return Int(max(0, last - max(seq, first - 1)))
    }

    /// The events after `seq` that are in here.
    func after(_ seq: Int64) -> [PublishedEvent] {
        events.filter { ($0.seq ?? 0) > seq }
    }
}
