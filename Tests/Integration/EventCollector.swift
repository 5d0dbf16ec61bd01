import Events
import Foundation
import Publishing
import Synchronization
import TestSupport
import VisageCore

/// Subscribes to a daemon's events and checks every line against the schema, on a thread of its own, up to the end
/// of the connection.
final class EventCollector: Sendable {
    private struct State {
        var events: [Event] = []
        var arrivals: [MonotonicTime] = []
        var problems: [String] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private static let validator = Result { try EventSchemaValidator(schema: EventSchema.json) }

    /// - Throws: `VisageError` when nobody listens.
    init(socket: String, _ request: EventRequest?) throws {
        let client = try EventClient(connectingTo: socket)
        if let request { try client.send(request) }
        // Safe: used by this thread only from here on.
        nonisolated(unsafe) let reader = client
        Thread.detachNewThread { [state = self] in state.collect(reader) }
    }

    /// All that came, the greeting included.
    var events: [Event] { state.withLock { $0.events } }
    /// Each with the time at which it came.
    var arrivals: [(time: MonotonicTime, event: Event)] {
        state.withLock { Array(zip($0.arrivals, $0.events)) }
    }
    /// Those that the log has too.
    var logged: [Event] { events.filter { $0.seq != nil } }
    /// Lines that are not as the schema says.
    var problems: [String] { state.withLock { $0.problems } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    private func collect(_ client: EventClient) {
        do {
            while case .line(let line) = try client.next() {
                do {
                    let now = MonotonicTime.now
                    let event = try Self.event(line)
                    state.withLock {
                        $0.events.append(event)
                        $0.arrivals.append(now)
                    }
                } catch {
                    state.withLock { $0.problems.append("\(error)") }
                }
            }
        } catch {
            state.withLock { $0.problems.append("\(error)") }
        }
        state.withLock { $0.hasEnded = true }
    }

    /// A line as an event.
    /// - Throws: what is wrong with it.
    static func event(_ line: some StringProtocol) throws -> Event {
        try validator.get().check(String(line))
        return try JSONDecoder().decode(Event.self, from: Data(line.utf8))
    }

    /// The events that a program printed, one a line; a last line without its end is left out.
    static func events(in output: String) throws -> [Event] {
        let whole =
            output.hasSuffix("\n")
            ? Substring(output) : output.prefix(upTo: output.lastIndex(of: "\n") ?? output.startIndex)
        return try whole.split(separator: "\n").map(event)
    }
}

extension [Event] {
    /// Where these events differ from those of another run over the same file; nil if they are the same.
    func difference(from other: some Sequence<Event>) throws -> String? {
        let (own, other) = (map(\.comparable), other.map(\.comparable))
        guard own != other else { return nil }
        let place = zip(own, other).prefix { $0 == $1 }.count
        func line(_ events: [Event]) throws -> String {
            try events.dropFirst(place).first?.line() ?? "nothing more"
        }
        return try "event \(place):\n\(line(own))\n\(line(other))"
    }
}

extension Event {
    /// Without what may differ between two runs over the same file.
    var comparable: Event {
        var event = self
        event.time = ""
        event.run = ""
        event.seq = nil
        event.recording?.file = ""
        return event
    }
}
