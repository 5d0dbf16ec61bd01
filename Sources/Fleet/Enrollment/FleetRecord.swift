import Foundation
import VisageConfiguration
import VisageCore

/// What is enrolled: `fleet.json` in the folder of an enrollment. Nothing in it is secret.
package struct FleetRecord: Codable, Sendable, Equatable {
    /// A broker.
    package struct Server: Codable, Sendable, Equatable {
        package let host: String
        package let port: Int

        var address: FleetServer { FleetServer(host: host, port: port) }
        /// The folder of its files.
        var folder: String { port == Self.defaultPort ? host : "\(host)-\(port)" }
        /// Where brokers talk to each other.
        var clusterPort: Int { port + 2000 }
        /// Where a broker says how it is, to its own machine only.
        var monitorPort: Int { port + 4000 }

        static let defaultPort = 4222

        init(_ text: String) throws {
            guard let address = FleetServer("tls://\(text)") ?? FleetServer("tls://\(text):\(Self.defaultPort)"),
                address.port <= 61_000
            else {
                throw VisageError(
                    .usage, "\(text) is no broker: give --server HOST or HOST:PORT, with a port of at most 61000")
            }
            (host, port) = (address.host, address.port)
        }
    }

    /// A machine and its rights.
    package struct Machine: Codable, Sendable, Equatable {
        package let name: String
        /// Unique, 1...8999: part of the ids of unknown people.
        package let number: Int
        /// `U...`; that of the account of events. What the machine signs, it signs with this key.
        package let key: String
        /// Its key in the other account.
        package let stateKey: String
        /// May read the events of all.
        package var isViewer = false
        /// May publish the gallery, and remove people everywhere.
        package var isEditor = false
    }

    package var schema = 1
    /// Grows with each change.
    package var version = 0
    package var keepDays = 30
    package var servers: [Server] = []
    package var machines: [Machine] = []
    /// Public keys of the administrator.
    package var administrator = ""
    package var administratorStateKey = ""
    /// What the brokers' files are for: their folder, and that of their data, where they run; empty: run from here.
    package var serverFiles = ""
    package var serverData = ""

    /// How many brokers have each message.
    var replicas: Int { servers.count >= 3 ? 3 : 1 }
    /// Whose list of machines, galleries and removals are followed.
    var editors: [String] { [administrator] + machines.filter(\.isEditor).map(\.key) }
}

/// Which machines there are, as the administrator publishes it.
package struct MachineList: Codable, Sendable, Equatable {
    /// A machine as others know it.
    package struct Machine: Codable, Sendable, Equatable {
        package let name: String
        package let number: Int
        /// What it signs with.
        package let key: String
        package let isEditor: Bool

        enum CodingKeys: String, CodingKey {
            case name, number, key
            case isEditor = "editor"
        }
    }

    package static let purpose = "machines"
    /// Longer ones are not read.
    package static let maxBytes = 65_536 * 8

    /// Grows; an older list is not taken after a newer one.
    package let version: Int
    package let machines: [Machine]

    init(_ record: FleetRecord) {
        version = record.version
        machines = record.machines.map {
            Machine(name: $0.name, number: $0.number, key: $0.key, isEditor: $0.isEditor)
        }
    }

    /// What a message says, if one of these keys has signed it.
    package static func read(_ message: FleetMessage, editors: [String]) -> MachineList? {
        guard message.payload.count <= maxBytes,
            let document = try? JSONDecoder().decode(SignedDocument.self, from: message.payload)
        else { return nil }
        return document.content(as: MachineList.self, purpose: purpose, from: editors)
    }
}
