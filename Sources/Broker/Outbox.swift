import VisageCore

/// What is to be published, in order, as fast as the broker confirms it.
package struct Outbox {
    package struct Step {
        var messages: [Message]
        /// What in the events is reached by this and all before; nil: the same as before.
        var place: Place?
        /// Waits until all before is confirmed and the pause is over: for Home Assistant, which subscribes to a topic
        /// some time after the message that names it.
        var waits = false
    }

    /// Messages that the broker has not confirmed; a few more while one step is handed over.
    private static let window = 100

    private let pause: Duration
    private var steps: [Step] = []
    private var delivery = Delivery()
    /// Since when everything before the first step has been confirmed.
    private var quietSince: MonotonicTime?

    package init(pause: Duration) { self.pause = pause }

    package var isEmpty: Bool { steps.isEmpty }
    /// Nothing waits and nothing is unconfirmed.
    package var isDone: Bool { steps.isEmpty && delivery.inFlight == 0 }
    /// Whether more should be read.
    package var hasRoom: Bool { steps.isEmpty && delivery.inFlight < Self.window }
    /// When `send` should be called again at the latest.
    package var deadline: MonotonicTime? { quietSince.map { $0 + pause } }

    package mutating func add(_ messages: [Message], reaching place: Place? = nil, waits: Bool = false) {
        steps.append(Step(messages: messages, place: place, waits: waits))
    }

    /// Removes what is retained under these topics. Discovery messages go first: Home Assistant would take an empty message
    /// under a topic that it still reads for a state, and complain.
    package mutating func remove(_ topics: some Sequence<String>) {
        let sorted = topics.sorted()
        let discovery = sorted.filter { $0.hasSuffix("/config") }
        let others = sorted.filter { !$0.hasSuffix("/config") }
        for topic in discovery { add([.clearing(topic)]) }
        if !discovery.isEmpty, !others.isEmpty { add([], waits: true) }
        for topic in others { add([.clearing(topic)]) }
    }

    /// Drops what was not handed over.
    package mutating func clear() { (steps, quietSince) = ([], nil) }

    /// Hands over as much as may be.
    package mutating func send(at now: MonotonicTime, _ publish: (Message) throws -> Int32) rethrows {
        var count = 0
        defer { steps.removeFirst(count) }
        for step in steps {
            guard delivery.inFlight < Self.window else { return }
            if step.waits {
                guard delivery.inFlight == 0 else { return }
                guard let since = quietSince else {
                    quietSince = now
                    return
                }
                guard now >= since + pause else { return }
                quietSince = nil
            }
            delivery.sent(try step.messages.map(publish), reaching: step.place)
            count += 1
        }
    }

    /// - Returns: the newest place that is reached now and was not before.
    package mutating func confirmed(_ messages: [Int32]) -> Place? { delivery.confirmed(messages) }
}
