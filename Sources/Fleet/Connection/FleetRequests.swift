import CNATS
import Foundation
import Synchronization
import VisageCore

/// Requests of which many are under way. For one thread, which waits at `descriptor`.
package final class FleetRequests {
    /// What a request got.
    package struct Answer: Sendable {
        package let id: Int
        package let message: FleetMessage
    }

    private static let maxWaiting = 4096

    package let connection: FleetConnection
    private let inbox: String
    private let mailbox: Mailbox<FleetMessage>
    private let number: Int
    private let subscription: OpaquePointer
    private var next = 0

    /// - Throws: `VisageError` (source).
    package init(_ connection: FleetConnection) throws {
        self.connection = connection
        inbox = connection.newInbox()
        let mailbox = Mailbox<FleetMessage>(limit: Self.maxWaiting)
        self.mailbox = mailbox
        number = Callbacks.add { call in
            if case .message(let message) = call { mailbox.put(message) }
        }
        var subscription: OpaquePointer?
        let code = natsConnection_Subscribe(
            &subscription, connection.handle, "\(inbox).*",
            { _, _, message, closure in
                guard let message else { return }
                Callbacks.call(closure, .message(FleetMessage(message)))
                natsMsg_Destroy(message)
            }, Callbacks.pointer(number))
        guard code == NATS_OK, let subscription else {
            Callbacks.remove(number)
            try connection.check(code, "takes no subscription")
            throw VisageError(.engine, "No subscription can be made")
        }
        self.subscription = subscription
    }

    deinit {
        Callbacks.remove(number)
        natsSubscription_Destroy(subscription)
    }

    /// Readable when an answer is there.
    package var descriptor: Int32 { mailbox.descriptor }

    /// Sends a request, and does not wait.
    /// - Returns: the number that its answer will have; there may be none.
    package func send(_ subject: String, _ payload: Data = Data(), headers: [String: String] = [:]) throws -> Int {
        next += 1
        try connection.send(subject, reply: "\(inbox).\(next)", headers, payload)
        return next
    }

    /// Answers since the last call.
    package func take() -> [Answer] {
        mailbox.take().compactMap { message in
            message.subject.split(separator: ".").last.flatMap { Int($0) }.map { Answer(id: $0, message: message) }
        }
    }
}
