import Foundation
import VisageCore

extension Configuration {
    /// `mqtt`: the broker that `visage-mqtt` publishes to. The daemon itself does not use this section.
    public struct MQTT: ConfigurationSection {
        /// The broker's name or address. Empty: nothing is published.
        public var host = ""
        /// Its port, 0 to 65,535. 0: 1883, with `tls` 8883.
        public var port = 0
        /// The first levels of all topics. Must not be empty.
        public var prefix = "visage"
        /// The next level, which tells machines apart. Empty: the host's name.
        public var machine = ""
        /// The quality of service of every message, 0 to 2. With 0, messages may be lost.
        public var qos = 1
        /// The user. Empty: none.
        public var user = ""
        /// A file that holds the password. Empty: there is none, or it is a credential.
        public var passwordFile = ""
        /// The name of the systemd credential that holds the password. Excludes `passwordFile`.
        public var passwordCredential = ""
        /// Whether the connection is encrypted.
        public var tls = false
        /// TLS: a file of PEM certificates of the authorities that vouch for the broker. Empty: those that the system
        /// trusts.
        public var tlsCA = ""
        /// TLS: the client's own certificate, a PEM file. Empty: none.
        public var tlsCertificate = ""
        /// TLS: the key of that certificate, a PEM file without a passphrase.
        public var tlsKey = ""
        /// The prefix under which Home Assistant looks for discovery messages. Empty: none are published.
        public var discovery = "homeassistant"
        /// Which frame is published when a person is recognized. After the visit, the best view of the face in the
        /// recording replaces it.
        public var picture = Picture.clean
        /// The folder in which the place in the events is kept. Must not be empty.
        public var state = "/var/lib/visage-mqtt"

        /// The frames that can be published.
        public enum Picture: String, Codable, Sendable, CaseIterable {
            /// As the camera sent it.
            case clean
            /// With boxes and names.
            case annotated
            case none
        }

        public init() {}

        enum CodingKeys: String, CodingKey {
            case host, port, prefix, machine, qos, user
            case passwordFile = "password_file"
            case passwordCredential = "password_credential"
            case tls
            case tlsCA = "tls_ca"
            case tlsCertificate = "tls_certificate"
            case tlsKey = "tls_key"
            case discovery, picture, state
        }

        static let choices = [CodingKeys.picture.stringValue: Picture.allCases.map(\.rawValue)]
    }
}

extension Configuration.MQTT {
    package func validate() throws(ConfigurationProblem) {
        if host.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0 == "/" || $0.value < 0x20 }) {
            throw ConfigurationProblem(CodingKeys.host, "should be a name or an address, without mqtt:// and port")
        }
        try ConfigurationProblem.check(port, CodingKeys.port, in: 0...65_535)
        try ConfigurationProblem.check(qos, CodingKeys.qos, in: 0...2)
        try checkTopic(prefix, .prefix, isOneLevel: false)
        if !machine.isEmpty { try checkTopic(machine, .machine, isOneLevel: true) }
        if !discovery.isEmpty { try checkTopic(discovery, .discovery, isOneLevel: false) }
        if state.isEmpty {
            throw ConfigurationProblem(CodingKeys.state, "is empty; the place in the events needs a folder")
        }
        try validateUser()
        try validateTLS()
    }

    private func checkTopic(
        _ text: String, _ key: CodingKeys, isOneLevel: Bool
    ) throws(ConfigurationProblem) {
        guard let problem = Self.topicProblem(text, isOneLevel: isOneLevel) else { return }
        throw ConfigurationProblem(key, problem)
    }

    /// Why the text cannot be part of a topic; completes a sentence that begins with the key. nil if it can.
    package static func topicProblem(_ text: String, isOneLevel: Bool) -> String? {
        if text.utf8.count > 200 { return "should have at most 200 bytes" }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "should have no control characters"
        }
        if text.contains(where: { "+#".contains($0) }) { return "should have no + and no #, which topics cannot have" }
        if text.hasPrefix("$") { return "should not begin with $, which brokers keep for themselves" }
        if isOneLevel, text.contains("/") { return "should have no /, which separates the levels of a topic" }
        if text.split(separator: "/", omittingEmptySubsequences: false).contains("") {
            return "should neither be empty, nor begin or end with /, nor have two of them in a row"
        }
        return nil
    }

    private func validateUser() throws(ConfigurationProblem) {
        let passwords: [(key: CodingKeys, value: String)] = [
            (.passwordFile, passwordFile), (.passwordCredential, passwordCredential),
        ].filter { !$0.value.isEmpty }
        if passwords.count > 1 {
            throw ConfigurationProblem(
                CodingKeys.passwordCredential, "cannot be used together with `password_file`; remove one of them")
        }
        if let first = passwords.first, user.isEmpty {
            throw ConfigurationProblem(first.key, "is of no use without `user`; add it")
        }
        if passwordCredential.contains("/") {
            throw ConfigurationProblem(CodingKeys.passwordCredential, "should be the name of a credential, not a path")
        }
    }

    private func validateTLS() throws(ConfigurationProblem) {
        let keys: [(key: CodingKeys, value: String)] = [
            (.tlsCA, tlsCA), (.tlsCertificate, tlsCertificate), (.tlsKey, tlsKey),
        ].filter { !$0.value.isEmpty }
        if let first = keys.first, !tls {
            throw ConfigurationProblem(first.key, "is of no use without `tls: true`; add it")
        }
        if tlsCertificate.isEmpty != tlsKey.isEmpty {
            throw ConfigurationProblem(
                tlsKey.isEmpty ? CodingKeys.tlsCertificate : CodingKeys.tlsKey,
                "needs `\((tlsKey.isEmpty ? CodingKeys.tlsKey : CodingKeys.tlsCertificate).stringValue)` beside it")
        }
    }

    mutating func resolvePaths(against folder: URL) {
        passwordFile.resolvePath(against: folder)
        tlsCA.resolvePath(against: folder)
        tlsCertificate.resolvePath(against: folder)
        tlsKey.resolvePath(against: folder)
        state.resolvePath(against: folder)
    }

    /// Where the password comes from; nil if there is none.
    package var passwordSource: PasswordSource? {
        if !passwordFile.isEmpty { return .file(passwordFile) }
        return passwordCredential.isEmpty ? nil : .credential(passwordCredential)
    }
}
