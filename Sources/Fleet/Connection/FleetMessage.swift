import CNATS
import Foundation

/// A message as it came from a broker.
package struct FleetMessage: Sendable {
    package let subject: String
    package let payload: Data
    package private(set) var headers: [String: String] = [:]
    /// nil unless the message is an answer: nobody listens where the request went.
    package let isUnheard: Bool

    /// Headers that are looked at; a broker may send as many as it likes.
    private static let known = [
        "Status", "Nats-Sequence", "Nats-Time-Stamp", FleetHeader.seq, FleetHeader.epoch,
    ]

    /// Copies it.
    init(_ message: OpaquePointer) {
        subject = natsMsg_GetSubject(message).map { String(cString: $0) } ?? ""
        let count = Int(natsMsg_GetDataLength(message))
        payload = natsMsg_GetData(message).map { count > 0 ? Data(bytes: $0, count: count) : Data() } ?? Data()
        isUnheard = natsMsg_IsNoResponders(message)
        for name in Self.known {
            var value: UnsafePointer<CChar>?
            if natsMsgHeader_Get(message, name, &value) == NATS_OK, let value { headers[name] = String(cString: value) }
        }
    }
}

/// Names of headers of our own.
package enum FleetHeader {
    /// The `seq` that the daemon has given to the event.
    package static let seq = "Visage-Seq"
    /// The epoch of that `seq`.
    package static let epoch = "Visage-Epoch"
    /// What the last message of the stream has to be, or the broker refuses this one.
    package static let expectedLast = "Nats-Expected-Last-Sequence"
}
