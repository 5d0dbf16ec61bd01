/// Which messages the broker has not confirmed yet, and which place in the events its confirmations have reached. The
/// place moves past an event once all of that event's messages, and those of all events before it, are confirmed.
package struct Delivery: Sendable {
    package init() {}

    private struct Step {
        var waiting: Set<Int32>
        let place: Place?
    }

    private var steps: [Step] = []
    /// Messages that are not confirmed.
    package private(set) var inFlight = 0

    /// - Parameters:
    ///   - messages: the numbers of messages that were handed to the library.
    ///   - place: what is reached by them and all before; nil: the same as before.
    package mutating func sent(_ messages: [Int32], reaching place: Place?) {
        steps.append(Step(waiting: Set(messages), place: place))
        inFlight += messages.count
    }

    /// - Returns: the newest place that is reached now and was not before.
    package mutating func confirmed(_ messages: some Sequence<Int32>) -> Place? {
        for message in messages {
            // A number is given again only when the message that had it is confirmed.
            for index in steps.indices where steps[index].waiting.remove(message) != nil {
                inFlight -= 1
                break
            }
        }
        let done = steps.prefix { $0.waiting.isEmpty }
        let place = done.last { $0.place != nil }?.place
        steps.removeFirst(done.count)
        return place
    }
}
