import VisageCore

/// All that is needed to connect to an RTSP camera, its password included, so that this may be shown to nobody.
package struct RTSPConnection: Codable, Sendable, Hashable {
    /// The address without credentials, for people.
    package var name: String
    package var host: String
    package var port: Int
    /// `user:password@`, `user@` or nothing, percent-encoded.
    package var credentials: String
    /// Host and port, as in the address.
    package var place: String
    /// Of the address, all that follows.
    package var path: String
    package var transport: RTSPSettings.Transport
    /// How the camera's certificate is judged; nil if the connection is not encrypted.
    package var trust: TLSTrust?

    /// - Throws: `VisageError.configuration` if there is no password to be had, or the file of certificates is of no use.
    package init(_ address: RTSPAddress, _ settings: RTSPSettings) throws {
        name = address.name
        (host, port) = (address.host, address.port)
        (credentials, place, path) = try address.parts(password: settings.password?.read())
        transport = settings.transport
        trust = address.isEncrypted ? try TLSTrust(settings) : nil
    }

    /// The password as it is typed; nil if there is none.
    var password: String? {
        let parts = credentials.dropLast().split(separator: ":", maxSplits: 1)
        return parts.count > 1 ? parts[1].removingPercentEncoding ?? String(parts[1]) : nil
    }

    /// For FFmpeg.
    /// - Parameter place: host and port to connect to, in place of the camera's
    func url(at place: String? = nil) -> String { "rtsp://\(credentials)\(place ?? self.place)\(path)" }
}
