import Foundation
import VisageCore

/// Requests of which many are under way. For one thread, which waits at `descriptor`.
package final class FleetRequests {
    /// What a request got.
    package struct Answer: Sendable {
        package let id: Int
        package let message: FleetMessage
    }

    private static let maxWaiting = 4096

    private let inbox: String
    private let answers: FleetSubscription
    private var next = 0

    /// - Throws: `VisageError` (source).
    package init(_ connection: FleetConnection) throws {
        inbox = connection.newInbox()
        answers = try FleetSubscription(connection, to: "\(inbox).*", limit: Self.maxWaiting)
    }

    package var connection: FleetConnection { answers.connection }

    /// Readable when an answer is there.
    package var descriptor: Int32 { answers.descriptor }

    /// Sends a request, and does not wait.
    /// - Returns: the number that its answer will have; there may be none.
    package func send(_ subject: String, _ payload: Data = Data(), headers: [String: String] = [:]) throws -> Int {
        next += 1
        try connection.send(subject, reply: "\(inbox).\(next)", headers, payload)
        return next
    }

    /// Answers since the last call.
    package func take() -> [Answer] {
        answers.take().compactMap { message in
            message.subject.split(separator: ".").last.flatMap { Int($0) }.map { Answer(id: $0, message: message) }
        }
    }
}
