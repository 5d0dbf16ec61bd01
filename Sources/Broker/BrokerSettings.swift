// Broker is what stands between the event socket and an MQTT broker. What follows from an event is pure: `Presence`,
// `Interpreter`, `Discovery`, `Delivery`. `Bridge` runs them on one thread, with `BrokerConnection`, `EventFeed`,
// `PictureRequest` and `PlaceFile`, which do the reading and writing.

import Foundation
import VisageCore

/// Which broker, as whom, and what is published there.
public struct BrokerSettings: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var user: String
    public var password: Secret?
    /// nil: not encrypted.
    public var tls: TLS?
    public var topics: Topics
    /// Of every message, 0...2.
    public var qos: Int
    /// The prefix under which Home Assistant looks for discovery messages; nil: there are none.
    public var discovery: String?
    public var picture: Picture
    /// The event socket of the daemon.
    public var socket: String
    /// The folder of the frame sockets; empty: there are none.
    public var frames: String
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
    }

    /// Which frame is published when somebody is recognized.
    public enum Picture: String, Codable, Sendable, CaseIterable {
        case none
        /// As the camera sent it.
        case clean
        /// With boxes and names.
        case annotated
    }

    public init(host: String, port: Int, topics: Topics, socket: String, state: URL) {
        self.host = host
        self.port = port
        self.topics = topics
        self.socket = socket
        self.state = state
        (user, password, tls, qos, discovery, picture, frames, gallery) = ("", nil, nil, 1, nil, .none, "", nil)
    }

    /// For messages; without anything secret.
    var name: String { "\(host):\(port)" }
}
