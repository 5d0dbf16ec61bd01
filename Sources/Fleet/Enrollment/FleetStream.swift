import Foundation
import VisageConfiguration
import VisageCore

/// A stream of the brokers. The administrator makes them; machines can neither change nor purge them.
package struct FleetStream: Sendable {
    package let name: String
    package let account: FleetAccount
    package let subjects: [String]
    /// Of each subject; 0: all.
    package var newest = 0
    package var keepFor: Duration = .zero
    package var maxMessage = 65_536

    /// The events of a machine.
    package static func events(of machine: String, keepFor: Duration) -> FleetStream {
        FleetStream(
            name: eventStream(of: machine), account: .events, subjects: [eventSubject(of: machine)], keepFor: keepFor)
    }

    package static func eventStream(of machine: String) -> String { "EV_\(machine)" }
    /// The machine whose events a stream has; nil if it is another stream.
    static func machine(_ stream: String) -> String? {
        guard stream.hasPrefix("EV_") else { return nil }
        let name = String(stream.dropFirst(3))
        return Configuration.Fleet.isName(name) ? name : nil
    }

    package static func eventSubject(of machine: String) -> String { "evs.\(machine)" }
    /// Where a machine says, unstored, up to where its stream goes now: whoever follows it needs no consumer.
    package static func hintSubject(of machine: String) -> String { "evn.\(machine)" }

    /// The list of machines, signed by the administrator.
    package static let machines = FleetStream(
        name: "MACHINES", account: .state, subjects: ["machines"], newest: 1, maxMessage: MachineList.maxBytes)
    /// How each machine is.
    package static let status = FleetStream(name: "STATUS", account: .state, subjects: ["status.*"], newest: 1)
    /// What each machine knows of unknown people: `unknown.<machine>.<id>`.
    /// Machines tell again of those whom they still know, see `UnknownExchange.Options.renewal`; the rest goes in time.
    package static let unknown = FleetStream(
        name: "UNKNOWN", account: .state, subjects: ["unknown.*.*"], newest: 1, keepFor: .seconds(90 * 86_400))
    /// Who is to be forgotten: `removed.<machine>.<id>`.
    package static let removed = FleetStream(name: "REMOVED", account: .state, subjects: ["removed.*.*"], newest: 1)
    /// The gallery in pieces, and which is the present one: `gallery.<what>`.
    package static let gallery = FleetStream(
        name: "GALLERY", account: .state, subjects: ["gallery.>"], newest: 1, maxMessage: 600_000)

    package static let shared = [machines, status, unknown, removed, gallery]

    /// As JetStream wants it.
    /// - Parameter replicas: brokers that have it.
    func configuration(replicas: Int) throws -> Data {
        let configuration = Definition(
            name: name, subjects: subjects, numReplicas: replicas, maxAge: keepFor.inNanoseconds,
            maxMsgsPerSubject: newest == 0 ? -1 : newest, maxMsgSize: maxMessage)
        return try JSONEncoder().encode(configuration)
    }

    private struct Definition: Encodable {
        let name: String
        let subjects: [String]
        let numReplicas: Int
        let maxAge: Int64
        let maxMsgsPerSubject: Int
        let maxMsgSize: Int
        let retention = "limits"
        let storage = "file"
        let discard = "old"
        let maxConsumers = -1
        let maxMsgs = -1
        let maxBytes = -1
        let allowDirect = true
        let denyDelete = true
        let denyPurge = true

        enum CodingKeys: String, CodingKey {
            case name, subjects, retention, storage, discard
            case numReplicas = "num_replicas"
            case maxAge = "max_age"
            case maxMsgsPerSubject = "max_msgs_per_subject"
            case maxMsgSize = "max_msg_size"
            case maxConsumers = "max_consumers"
            case maxMsgs = "max_msgs"
            case maxBytes = "max_bytes"
            case allowDirect = "allow_direct"
            case denyDelete = "deny_delete"
            case denyPurge = "deny_purge"
        }
    }
}
