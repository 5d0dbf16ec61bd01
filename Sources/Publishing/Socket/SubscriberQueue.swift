import NIOCore

/// What waits for one subscriber: bounded in events and bytes. When it is full, what comes next is dropped and
/// counted until half of it has been read; then a gap says how much is missing.
package struct SubscriberQueue {
    /// A stretch of events that did not fit.
    package struct Gap: Equatable {
        package var dropped: Int
        /// Asking for what follows this brings back those of them that the log has.
        package let since: Int64

        package init(dropped: Int, since: Int64) {
            self.dropped = dropped
            self.since = since
        }
    }

    /// What to send next.
    package enum Item {
        case event(PublishedEvent)
        case gap(Gap)
    }

    package let maxEvents: Int
    package let maxBytes: Int
    private var items = CircularBuffer<Item>()
    private var bytes = 0
    /// Always behind everything in `items`.
    private var gap: Gap?

    package init(maxEvents: Int, maxBytes: Int) {
        self.maxEvents = maxEvents
        self.maxBytes = maxBytes
    }

    package var isEmpty: Bool { items.isEmpty && gap == nil }

    package var count: Int { items.count }

    /// Whether `push` would drop the event.
    package func hasRoom(for event: PublishedEvent) -> Bool {
        if gap != nil { return isHalfRead }
        // An event that is larger than the whole queue still passes through an empty one.
        return items.isEmpty || (items.count < maxEvents && bytes + event.line.readableBytes <= maxBytes)
    }

    /// Returns false when the event was dropped.
    package mutating func push(_ event: PublishedEvent) -> Bool {
        guard hasRoom(for: event) else {
            let first = Gap(dropped: 0, since: event.seq.map { $0 - 1 } ?? event.position)
            gap = gap ?? first
            gap?.dropped += 1
            return false
        }
        if let gap { items.append(.gap(gap)) }
        gap = nil
        items.append(.event(event))
        bytes += event.line.readableBytes
        return true
    }

    /// Tells the subscriber, after everything pushed so far, of events that never reached this queue.
    package mutating func push(_ missing: Gap) {
        if gap != nil {
            gap?.dropped += missing.dropped
        } else {
            items.append(.gap(missing))
        }
    }

    package mutating func pop() -> Item? {
        if let item = items.popFirst() {
            if case .event(let event) = item { bytes -= event.line.readableBytes }
            return item
        }
        defer { gap = nil }
        return gap.map { .gap($0) }
    }

    private var isHalfRead: Bool { items.count <= maxEvents / 2 && bytes <= maxBytes / 2 }
}
