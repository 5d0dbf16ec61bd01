import Foundation
import VisageCore

extension Configuration {
    /// `fleet`: the machines that `visage-fleet` connects this one with. The daemon takes only the number from it.
    public struct Fleet: ConfigurationSection {
        /// The brokers, `tls://host:port`. Empty: this machine is in no fleet.
        public var servers: [String] = []
        /// The name of this machine in the fleet: a...z, digits and -, at most 32 characters. Empty: the host's name.
        public var machine = ""
        /// Unique in the fleet, 0 to 8999; part of the ids of unknown people. 0: they are not shared.
        public var number = 0
        /// The file with this machine's key. Empty: the systemd credential `fleet`.
        public var credentials = ""
        /// A file of PEM certificates of the authorities that vouch for the brokers. Empty: those that the system trusts.
        public var tlsCA = ""
        /// The folder of what `visage-fleet` keeps. Must not be empty.
        public var state = "/var/lib/visage/fleet"
        /// The Unix socket of the events of all machines. Must not be empty.
        public var socket = "/run/visage/fleet.sock"
        /// What leaves this machine.
        public var share: [Share] = [.events]
        /// The public keys whose galleries and removals this machine follows.
        public var editors: [String] = []
        /// Whether each new gallery of this machine becomes that of all machines.
        public var publishGallery = false

        /// What can leave a machine.
        public enum Share: String, Codable, Sendable, CaseIterable {
            case events, galleries, unknown
        }

        public init() {}

        enum CodingKeys: String, CodingKey {
            case servers, machine, number, credentials
            case tlsCA = "tls_ca"
            case state, socket, share, editors
            case publishGallery = "publish_gallery"
        }

        static let choices = [CodingKeys.share.stringValue: Share.allCases.map(\.rawValue)]
    }
}

extension Configuration.Fleet {
    /// Whether this machine is in a fleet.
    public var isUsed: Bool { !servers.isEmpty }

    /// The name of this machine in the fleet; it may be none that a machine can have, see `isName`.
    public var machineName: String { machine.isEmpty ? Self.machineName(Self.hostName()) : machine }

    /// In the form that names of machines have.
    package static func machineName(_ host: String) -> String {
        let short = host.lowercased().prefix { $0 != "." }
        let letters = short.map { ("a"..."z").contains($0) || ("0"..."9").contains($0) ? $0 : "-" }
        return String(String(letters).drop { $0 == "-" }.prefix(32))
    }

    /// Without asking a name server, as Foundation does.
    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the daemon's memory of unknown people would be that of another machine, or of another fleet. The rest of the
    /// section is for `visage-fleet`.
    func isOtherMemory(than old: Self) -> Bool {
        let (isShared, wasShared) = (isUsed && number > 0, old.isUsed && old.number > 0)
        return isShared != wasShared || isShared && (number, state) != (old.number, old.state)
    }

    package func validate() throws(ConfigurationProblem) {
        for (index, server) in servers.enumerated() where Self.hostAndPort(server) == nil {
            throw ConfigurationProblem(index, "should be tls://HOST:PORT: only encrypted connections are made")
                .within(CodingKeys.servers.stringValue)
        }
        if !machine.isEmpty, !Self.isName(machine) {
            throw ConfigurationProblem(
                CodingKeys.machine, "should have a to z, digits and -, begin with no -, and be at most 32 long")
        }
        try ConfigurationProblem.check(number, CodingKeys.number, in: 0...8999)
        if state.isEmpty { throw ConfigurationProblem(CodingKeys.state, "is empty; visage-fleet needs a folder") }
        if socket.isEmpty { throw ConfigurationProblem(CodingKeys.socket, "is empty; it should be a path") }
        for (index, editor) in editors.enumerated() where !Self.isPublicKey(editor) {
            throw ConfigurationProblem(index, "should be a public key of a user: U and 55 more characters")
                .within(CodingKeys.editors.stringValue)
        }
        if publishGallery, !share.contains(.galleries) {
            throw ConfigurationProblem(CodingKeys.publishGallery, "needs `galleries` in `share`; add it")
        }
    }

    /// The host and port of `tls://host:port`, an IPv6 address without its brackets; nil if it is nothing like that.
    package static func hostAndPort(_ server: String) -> (host: String, port: Int)? {
        guard let match = server.wholeMatch(of: #/tls://(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})/#),
            let host = match.1 ?? match.2, let port = Int(match.3), (1...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    /// Whether a machine may be called so: the name is part of streams and subjects.
    package static func isName(_ text: String) -> Bool { text.wholeMatch(of: #/[a-z0-9][a-z0-9-]{0,31}/#) != nil }

    private static func isPublicKey(_ text: String) -> Bool { text.wholeMatch(of: #/U[A-Z2-7]{55}/#) != nil }

    mutating func resolvePaths(against folder: URL) {
        credentials.resolvePath(against: folder)
        tlsCA.resolvePath(against: folder)
        state.resolvePath(against: folder)
        socket.resolvePath(against: folder)
    }
}
