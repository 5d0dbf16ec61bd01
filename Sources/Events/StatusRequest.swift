import Foundation
import VisageCore

/// Asks the daemon now and then which cameras there are and which of them deliver. Never waits.
package final class StatusRequest {
    private static let interval = Duration.seconds(20)
    private static let timeout = Duration.seconds(5)

    private let socket: String
    private var client: EventClient?
    private var next = MonotonicTime(nanoseconds: 0)
    private var deadline = MonotonicTime(nanoseconds: 0)
    private let decoder = JSONDecoder()

    package init(socket: String) { self.socket = socket }

    /// To wait at; nil while nothing is asked.
    package var descriptor: Int32? { client?.descriptor }

    /// Asks at the next `take`.
    package func hurry() { next = .now }

    /// Asks if it is time to.
    /// - Returns: the answer, once, with when it was given (RFC 3339).
    package func take() -> (status: Event.Status, time: String)? {
        if client == nil, MonotonicTime.now >= next {
            next = .now + Self.interval
            deadline = .now + Self.timeout
            client = try? EventClient(connectingTo: socket)
            try? client?.send(EventRequest(types: [EventType.status.rawValue]))
        }
        while let client {
            let reading = try? client.next(timeout: .zero)
            guard case .line(let line) = reading else {
                if reading != .timedOut || MonotonicTime.now > deadline { self.client = nil }
                return nil
            }
            let event = try? decoder.decode(Event.self, from: Data(line.utf8))
            guard let event, case .status(let status) = event.content else { continue }
            self.client = nil
            return (status, event.time)
        }
        return nil
    }
}
