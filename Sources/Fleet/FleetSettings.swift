import Events
import Foundation
import VisageConfiguration
import VisageCore

/// What a configuration says of the fleet.
public struct FleetSettings: Sendable, Equatable {
    package var servers: [FleetServer]
    /// The name of this machine.
    public var machine: String
    package var fleet: Configuration.Fleet
    /// The event socket of the daemon.
    package var events: String
    /// The whole, for what is shared besides events.
    package var configuration: Configuration

    /// The name of the systemd credential that has the key.
    package static let credential = "fleet"

    /// - Throws: `VisageError` (configuration) if it names no broker.
    public init(_ configuration: Configuration) throws {
        fleet = configuration.fleet
        servers = fleet.servers.compactMap { FleetServer($0) }
        guard !servers.isEmpty else {
            throw VisageError(
                .configuration, "No fleet is configured: set `fleet.servers`; `visage-fleet enroll` writes the lines")
        }
        machine = fleet.machineName
        events = configuration.events.socket
        self.configuration = configuration
        guard Configuration.Fleet.isName(machine) else {
            throw VisageError(.configuration, "The host's name makes no name for a machine: set `fleet.machine`")
        }
    }

    /// Changes nothing.
    /// - Throws: `VisageError` for a key that cannot be read or has no such form, and for a socket's path.
    public func check() throws {
        _ = try identity()
        _ = try UnixAddress(events)
        _ = try UnixAddress(fleet.socket)
        guard fleet.tlsCA.isEmpty || access(fleet.tlsCA, R_OK) == 0 else {
            throw VisageError(
                .configuration, "\(fleet.tlsCA) (`fleet.tls_ca`) cannot be read",
                cause: String(cString: strerror(errno)))
        }
    }

    /// Reads the key.
    /// - Throws: `VisageError` (configuration).
    package func identity() throws -> FleetIdentity {
        let source: PasswordSource =
            fleet.credentials.isEmpty ? .credential(Self.credential) : .file(fleet.credentials)
        let text: String
        do {
            text = try source.read()
        } catch let error as VisageError {
            let place = fleet.credentials.isEmpty ? "credential \(Self.credential)" : fleet.credentials
            throw VisageError(
                .configuration, "The key of this machine cannot be had from the \(place) (`fleet.credentials`)",
                cause: error.cause ?? error.message, retry: .needsPerson)
        }
        do {
            return FleetIdentity(name: machine, key: try NKey(seed: text), authorities: fleet.tlsCA)
        } catch let error as VisageError {
            throw VisageError(
                .configuration,
                "\(fleet.credentials.isEmpty ? "The credential \(Self.credential)" : fleet.credentials): \(error.message)",
                retry: .needsPerson)
        }
    }

    /// The folder of what is kept.
    package var state: URL { URL(filePath: fleet.state, directoryHint: .isDirectory) }
}
