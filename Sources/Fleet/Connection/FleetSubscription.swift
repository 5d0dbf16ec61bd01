import CNATS
import VisageCore

/// Messages under a subject as they come, unstored ones too. For one thread, which waits at `descriptor`.
package final class FleetSubscription {
    package let connection: FleetConnection
    private let mailbox: Mailbox<FleetMessage>
    private let number: Int
    private let subscription: OpaquePointer

    /// - Parameter limit: messages that may wait to be taken; more are dropped.
    /// - Throws: `VisageError` (source).
    package init(_ connection: FleetConnection, to subject: String, limit: Int) throws {
        self.connection = connection
        let mailbox = Mailbox<FleetMessage>(limit: limit)
        self.mailbox = mailbox
        number = Callbacks.add { call in
            if case .message(let message) = call { mailbox.put(message) }
        }
        var subscription: OpaquePointer?
        let code = natsConnection_Subscribe(
            &subscription, connection.handle, subject,
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

    /// Readable when a message is there.
    package var descriptor: Int32 { mailbox.descriptor }

    /// Messages since the last call.
    package func take() -> [FleetMessage] { mailbox.take() }
}
