import Foundation
import VisageCore

/// A network camera that speaks RTSP: H.264, H.265 or MJPEG, whatever FFmpeg decodes.
public struct RTSPCamera: LiveCamera {
    public enum Transport: String, Sendable, Codable, CaseIterable {
        case tcp, udp
    }

    /// Where a password comes from that is not in the address. Read at every connection, so that a new one needs no
    /// restart.
    public enum Password: Sendable, Hashable {
        case file(String)
        /// Of systemd's `LoadCredential`.
        case credential(String)
    }

    private let address: RTSPAddress
    private let transport: Transport
    private let password: Password?

    public var name: String { address.name }

    public init(_ address: RTSPAddress, transport: Transport = .tcp, password: Password? = nil) {
        self.address = address
        self.transport = transport
        self.password = password
    }

    package func run(_ session: LiveSession) throws {
        try resolve()
        let stream = try LiveStream(
            address.url(password: password?.read()),
            options: [
                "rtsp_transport": transport.rawValue, "allowed_media_types": "video", "user_agent": "Visage",
                // The system's usual buffer does not hold one key frame of a large camera.
                "buffer_size": "2097152", "protocol_whitelist": "rtsp,rtp,tcp,udp,tls,srtp",
            ], session: session)
        session.opened("\(stream.codecName) over \(transport.rawValue.uppercased())", interval: stream.interval)
        try stream.play(to: session, name: name)
    }

    /// FFmpeg does this too, but does not say when it was this that failed.
    private func resolve() throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, nil, &hints, &list)
        freeaddrinfo(list)
        guard code == 0 else {
            throw VisageError(
                .source, "the name \(address.host) cannot be resolved", cause: String(cString: gai_strerror(code)))
        }
    }
}

extension RTSPCamera.Password {
    /// - Throws: `VisageError.configuration` if there is none to be had.
    public func check() throws { _ = try read() }

    /// - Throws: `VisageError.configuration` if it cannot be read or is empty.
    func read() throws -> String {
        let path: String
        switch self {
        case .file(let file): path = file
        case .credential(let name):
            guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] else {
                throw VisageError(
                    .configuration,
                    "the password is to come from systemd's credential \(name), but systemd has given none: the unit "
                        + "needs LoadCredential=\(name):/path/to/file")
            }
            path = "\(folder)/\(name)"
        }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw VisageError(
                .configuration, "the password file \(path) cannot be read", cause: error.localizedDescription)
        }
        // Editors and `echo` end files with a line end that is no part of it.
        guard let password = text.split(whereSeparator: \.isNewline).first else {
            throw VisageError(.configuration, "the password file \(path) is empty")
        }
        return String(password)
    }
}
