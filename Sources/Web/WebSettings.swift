// Web is the page in the browser and the API under it: an HTTP server that reads the daemon's sockets, the visits and the
// recordings. It decodes no pictures and runs no networks.

import Foundation

/// What the server is to do, and where it finds the daemon.
public struct WebSettings: Sendable {
    /// IP address to listen on.
    public var address = "127.0.0.1"
    /// 0: any free one.
    public var port = 8640
    /// The file of users and passwords, see `PasswordFile`. While it does not exist, everybody is an editor.
    public var passwords = ""
    /// Hours after which one has to log in again.
    public var sessionHours = 168
    /// Addresses of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    public var trustedProxies: [String] = []
    /// Names under which the page is reached, besides the address itself, while there is no password.
    public var hosts: [String] = []
    /// The daemon's event socket.
    public var eventSocket = "/run/visage/events.sock"
    /// The folder of the frame sockets; empty: there are none.
    public var frames = "/run/visage"
    /// The folder of the recordings, with one folder for each camera; empty: there are none.
    public var recordings = "/var/lib/visage/recordings"
    /// The socket of the events of all machines, and the name of this one among them; empty: it is in no fleet.
    public var fleetSocket = ""
    public var machine = ""
    /// How long visits of machines that have left the fleet are kept.
    public var keepDays = 30
    /// The database of visits.
    public var visits = "/var/lib/visage/web/visits.db"
    /// Whether `/metrics` may tell how often whom.
    public var metricsWithNames = false
    /// How long a connection may be idle, or take to send a request.
    public var requestTimeout = Duration.seconds(20)
    /// Connections at a time, and of one address.
    public var connections = 1000
    public var connectionsPerAddress = 200

    public init() {}

    /// As in an address of HTTP.
    public func authority(port: Int) -> String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

    /// Whether only programs on this machine reach the server.
    public var isLoopback: Bool { address == "localhost" || address == "::1" || address.hasPrefix("127.") }
}
