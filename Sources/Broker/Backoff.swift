// Broker brings events to an MQTT broker. What follows from an event is pure: `Presence`, `Interpreter`, `Discovery`,
// `Outbox`. One thread reads and sends; see `Bridge`.

import VisageCore

/// How long to wait after a failed attempt: twice as long each time, never the same for two programs that lost the broker
/// together.
package struct Backoff {
    package init() {}

    private static let longest = Duration.seconds(60)
    private var last: Duration?

    package mutating func next(needsPerson: Bool) -> Duration {
        let wait = needsPerson ? Self.longest : last.map { min($0 * 2, Self.longest) } ?? .seconds(1)
        last = wait
        return wait * Double.random(in: 0.8...1.2)
    }
}
