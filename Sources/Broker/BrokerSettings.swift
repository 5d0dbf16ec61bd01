// Broker is what stands between the event socket and an MQTT broker. What follows from an event is pure: `Presence`,
// `Interpreter`, `Discovery`, `Delivery`. `Bridge` runs them on one thread, with `BrokerConnection`, `EventFeed`,
// `PictureRequest` and `PlaceFile`, which do the reading and writing.

import Administration
import Events
import Foundation
import VisageConfiguration
import VisageCore

/// Which broker, as whom, and what is published there.
public struct BrokerSettings: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var user: String
    public var password: PasswordSource?
    /// nil: not encrypted.
    public var tls: TLS?
    public var topics: Topics
    /// Of every message, 0...2.
    public var qos: Int
    /// The prefix under which Home Assistant looks for discovery messages; nil: there are none.
    public var discovery: String?
    public var picture: Configuration.MQTT.Picture
    /// The event socket of the daemon.
    public var socket: String
    /// The folder of the frame sockets; empty: there are none.
    public var frames: String
    /// The folder of the recordings; empty: there are none.
    public var recordings = ""
    /// The path of `visage`, which cuts pictures out of recordings.
    public var visage = VisageCommand.beside
    /// The folder in which the place in the events is kept.
    public var state: URL
    /// The folder of the gallery, whose names are read if this user may; nil: there is none.
    public var gallery: URL?

    /// How the connection is encrypted. The broker's certificate and the name in it are always checked.
    public struct TLS: Sendable, Equatable {
        /// A file of PEM certificates of the authorities that vouch for the broker; empty: those that the system trusts.
        public var authorities: String
        /// The client's own certificate and its key, PEM files; empty: none.
        public var certificate: String
        public var key: String

        public init(authorities: String = "", certificate: String = "", key: String = "") {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
        }

        func check() throws {
            for file in [authorities, certificate, key] where !file.isEmpty && access(file, R_OK) != 0 {
                throw VisageError(
                    .configuration, "\(file) cannot be read", cause: String(cString: strerror(errno)),
                    retry: .needsPerson)
            }
        }
    }

    public init(host: String, port: Int, topics: Topics, socket: String, state: URL) {
        self.host = host
        self.port = port
        self.topics = topics
        self.socket = socket
        self.state = state
        (user, password, tls, qos, discovery, picture, frames, gallery) = ("", nil, nil, 1, nil, .none, "", nil)
    }

    /// Without asking a name server, as Foundation does.
    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Changes nothing.
    /// - Throws: `VisageError` for a file that cannot be read, or a folder that cannot be used.
    public func check() throws {
        try password?.check()
        _ = try UnixAddress(socket)
        try tls?.check()
        var folder = state.standardizedFileURL
        while access(folder.path, F_OK) != 0, folder.path != "/" { folder.deleteLastPathComponent() }
        guard access(folder.path, W_OK | X_OK) == 0 else {
            throw VisageError(
                .unwritable, "The folder \(state.path) (`mqtt.state`) cannot be written",
                cause: String(cString: strerror(errno)))
        }
    }

    /// For messages; without anything secret.
    var name: String { "\(host):\(port)" }

    /// What a configuration says.
    /// - Throws: `VisageError` (configuration) if it names no broker.
    public init(_ configuration: Configuration) throws {
        let mqtt = configuration.mqtt
        guard !mqtt.host.isEmpty else {
            throw VisageError(.configuration, "No broker is configured: set `mqtt.host` to its name or address")
        }
        let machine = mqtt.machine.isEmpty ? Topics.machineName(Self.hostName()) : mqtt.machine
        self.init(
            host: mqtt.host, port: mqtt.port == 0 ? (mqtt.tls ? 8883 : 1883) : mqtt.port,
            topics: Topics(prefix: mqtt.prefix, machine: machine), socket: configuration.events.socket,
            state: URL(filePath: mqtt.state, directoryHint: .isDirectory))
        user = mqtt.user
        password = mqtt.passwordSource
        if mqtt.tls {
            tls = TLS(authorities: mqtt.tlsCA, certificate: mqtt.tlsCertificate, key: mqtt.tlsKey)
        }
        qos = mqtt.qos
        discovery = mqtt.discovery.isEmpty ? nil : mqtt.discovery
        picture = mqtt.picture
        frames = configuration.frames.folder
        recordings = configuration.recording.enabled ? configuration.recording.folder : ""
        gallery =
            configuration.gallery.isEmpty ? nil : URL(filePath: configuration.gallery, directoryHint: .isDirectory)
    }
}
