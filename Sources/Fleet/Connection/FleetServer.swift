import VisageConfiguration

/// Where a broker is. The name is checked against its certificate.
package struct FleetServer: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// - Parameter text: `tls://host:port`; nil for anything else.
    package init?(_ text: String) {
        guard let (host, port) = Configuration.Fleet.hostAndPort(text) else { return nil }
        self.init(host: host, port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var url: String { "tls://\(description)" }
}
