import Foundation
import VisageCore

/// Who connects to a broker, and whom it believes there.
package struct FleetIdentity: Sendable {
    /// Of a machine, or of the administrator. Part of the subjects to which answers come.
    package let name: String
    package let key: NKey
    /// A file of PEM certificates of the authorities that vouch for the brokers.
    package let authorities: String

    /// Those that Debian's package ca-certificates brings.
    package static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    package init(name: String, key: NKey, authorities: String) {
        self.name = name
        self.key = key
        self.authorities = authorities.isEmpty ? Self.systemAuthorities : authorities
    }

    func key(for account: FleetAccount) throws -> NKey {
        switch account {
        case .events: key
        case .state: try key.derived(for: account.rawValue)
        }
    }

    /// The begin of the subjects of all answers; the broker lets nobody else listen there.
    var inbox: String { "_INBOX_\(name)" }
}
