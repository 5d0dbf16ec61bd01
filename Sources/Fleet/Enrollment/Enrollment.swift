import Foundation
import Storage
import VisageConfiguration
import VisageCore

/// A folder with all that a fleet needs: keys, certificates, the configuration of its brokers and the lines for each
/// machine. It belongs to the administrator, who keeps it safe; a second run adds to it.
public struct Enrollment {
    private let folder: URL
    package private(set) var record: FleetRecord

    private static let maxRecord = 16 << 20

    /// Reads what is there.
    /// - Throws: `VisageError`.
    public init(_ folder: URL) throws {
        self.folder = folder
        let file = folder.appending(path: "fleet.json")
        guard access(file.path, F_OK) == 0 else {
            record = FleetRecord()
            return
        }
        do {
            record = try JSONDecoder().decode(FleetRecord.self, from: BoundedFile.read(file, limit: Self.maxRecord))
        } catch is DecodingError {
            throw VisageError(.unreadable, "\(file.path) is not what visage-fleet writes")
        }
        guard record.schema == 1 else {
            throw VisageError(.unreadable, "\(file.path) was written by another version of visage-fleet")
        }
    }

    /// What is to be added.
    public struct Additions {
        public var servers: [String] = []
        public var machines: [String] = []
        public var viewers: [String] = []
        public var editors: [String] = []
        public var keepDays: Int?
        /// The folders on the brokers' machines; nil: as before, or Debian's. Empty: the brokers run from here.
        public var serverFiles: String?
        public var serverData: String?

        public init() {}
    }

    /// Adds machines, rights and, at first, brokers, and writes all files that follow.
    /// - Returns: lines that say what was done.
    /// - Throws: `VisageError`.
    public mutating func add(_ additions: Additions) throws -> [String] {
        var record = record
        try setServers(additions, &record)
        try setMachines(additions, &record)
        guard !record.servers.isEmpty else {
            throw VisageError(.usage, "A fleet needs a broker: add --server HOST")
        }
        guard !(record.machines.isEmpty && additions.machines.isEmpty) else {
            throw VisageError(.usage, "A fleet needs machines: add --machine NAME for each")
        }
        try DurableFile.makeFolder(folder, mode: 0o700)
        let administrator = try key("administrator.key")
        record.administrator = administrator.publicKey
        record.administratorStateKey = try administrator.derived(for: FleetAccount.state.rawValue).publicKey
        var lines: [String] = []
        for name in additions.machines where !record.machines.contains(where: { $0.name == name }) {
            try DurableFile.makeFolder(folder.appending(path: "machines/\(name)"), mode: 0o700)
            let key = try key("machines/\(name)/fleet.key")
            record.machines.append(
                .init(
                    name: name, number: (record.machines.map(\.number).max() ?? 0) + 1, key: key.publicKey,
                    stateKey: try key.derived(for: FleetAccount.state.rawValue).publicKey))
            lines.append("machine \(name): \(path("machines/\(name)"))")
        }
        for index in record.machines.indices {
            let name = record.machines[index].name
            if additions.viewers.contains(name) { record.machines[index].isViewer = true }
            if additions.editors.contains(name) { record.machines[index].isEditor = true }
        }
        record.version += 1
        try writeServers(record)
        try writeMachines(record)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try DurableFile.replace(try encoder.encode(record), at: folder.appending(path: "fleet.json"))
        self.record = record
        return record.servers.map { "broker \($0.address): \(path("servers/\($0.folder)"))" } + lines
    }

    /// Who makes streams.
    package func administrator() throws -> FleetIdentity {
        FleetIdentity(
            name: "administrator", key: try key("administrator.key"), authorities: path("ca.pem"))
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    /// The key in a file, which is made if it is missing.
    private func key(_ name: String) throws -> NKey {
        let file = folder.appending(path: name)
        if access(file.path, F_OK) == 0 {
            let text = String(decoding: try BoundedFile.read(file, limit: 1024), as: UTF8.self)
            return try NKey(seed: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let key = NKey()
        try DurableFile.replace(Data((key.seed + "\n").utf8), at: file)
        return key
    }

    // MARK: Brokers

    private func setServers(_ additions: Additions, _ record: inout FleetRecord) throws {
        if !additions.servers.isEmpty {
            let servers = try additions.servers.map { try FleetRecord.Server($0) }
            guard record.servers.isEmpty || record.servers == servers else {
                throw VisageError(
                    .usage,
                    "The brokers of \(folder.path) are set already: run it without --server, or with another folder")
            }
            guard [1, 3, 5].contains(servers.count) else {
                throw VisageError(.usage, "A fleet has 1, 3 or 5 brokers: with an even number none could be lost more")
            }
            guard Set(servers.map(\.folder)).count == servers.count else {
                throw VisageError(.usage, "Two brokers have the same address")
            }
            record.servers = servers
        }
        if let files = additions.serverFiles { record.serverFiles = files }
        if let data = additions.serverData { record.serverData = data }
        if let days = additions.keepDays { record.keepDays = days }
    }

    private func writeServers(_ record: FleetRecord) throws {
        let (openssl, authority, authorityKey) = (
            OpenSSL(), folder.appending(path: "ca.pem"), folder.appending(path: "ca.key")
        )
        umask(0o077)
        if access(authority.path, F_OK) != 0 { try openssl.makeAuthority(certificate: authority, key: authorityKey) }
        let passwordFile = folder.appending(path: "route.password")
        if access(passwordFile.path, F_OK) != 0 {
            let password = UUID().uuidString + UUID().uuidString
            try DurableFile.replace(Data(password.replacing("-", with: "").utf8), at: passwordFile)
        }
        let password = String(decoding: try BoundedFile.read(passwordFile, limit: 1024), as: UTF8.self)
        let broker = BrokerFiles(record: record, routePassword: password)
        for server in record.servers {
            let place = folder.appending(path: "servers/\(server.folder)")
            try DurableFile.makeFolder(place, mode: 0o700)
            let certificate = place.appending(path: "server.pem")
            if access(certificate.path, F_OK) != 0 {
                try openssl.makeServer(
                    server.host, certificate: certificate, key: place.appending(path: "server.key"),
                    authority: authority, authorityKey: authorityKey)
            }
            try copy(authority, to: place)
            let files = record.serverFiles.isEmpty ? place.absoluteURL.path : record.serverFiles
            let data = record.serverData.isEmpty ? place.absoluteURL.path + "/data" : record.serverData
            let text = broker.configuration(of: server, files: files, data: data)
            try DurableFile.replace(Data(text.utf8), at: place.appending(path: "nats-server.conf"))
            let unit = broker.unit(files: files, data: data)
            try DurableFile.replace(Data(unit.utf8), at: place.appending(path: "visage-broker.service"), mode: 0o644)
            try DurableFile.replace(Data(broker.users.utf8), at: place.appending(path: "users.conf"))
        }
    }

    private func copy(_ file: URL, to place: URL) throws {
        try DurableFile.replace(
            try BoundedFile.read(file, limit: 1 << 20), at: place.appending(path: file.lastPathComponent))
    }

    // MARK: Machines

    private func setMachines(_ additions: Additions, _ record: inout FleetRecord) throws {
        for name in additions.machines where !Configuration.Fleet.isName(name) || name == "administrator" {
            throw VisageError(
                .usage, "\(name) cannot be the name of a machine: use a to z, digits and -, at most 32 characters")
        }
        let known = Set(record.machines.map(\.name) + additions.machines)
        for name in additions.viewers + additions.editors where !known.contains(name) {
            throw VisageError(.usage, "\(name) is no machine of this fleet: add --machine \(name)")
        }
        guard known.count < 8999 else { throw VisageError(.usage, "A fleet has at most 8999 machines") }
    }

    private func writeMachines(_ record: FleetRecord) throws {
        let servers = record.servers.map { "tls://\($0.address)" }.joined(separator: ", ")
        for machine in record.machines {
            let place = folder.appending(path: "machines/\(machine.name)")
            try DurableFile.makeFolder(place, mode: 0o700)
            try copy(folder.appending(path: "ca.pem"), to: place)
            let text = """
                # For /etc/visage/visaged.yaml of the machine \(machine.name). The files beside this one belong into
                # /etc/visage/fleet, readable by the user visage alone.
                fleet:
                  servers: [\(servers)]
                  machine: \(machine.name)
                  number: \(machine.number)
                  credentials: /etc/visage/fleet/fleet.key
                  tls_ca: /etc/visage/fleet/ca.pem
                  # What leaves this machine; add galleries and unknown for these.
                  share: [events]
                  editors: [\(record.editors.joined(separator: ", "))]

                """
            try DurableFile.replace(Data(text.utf8), at: place.appending(path: "fleet.yaml"))
        }
    }
}
