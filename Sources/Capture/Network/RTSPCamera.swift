import Foundation
import VisageCore

/// A network camera that is read with RTSP: H.264, H.265, MJPEG, and what else FFmpeg decodes.
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
    private let resolver: NameResolver

    public var name: String { address.name }

    public init(_ address: RTSPAddress, transport: Transport = .tcp, password: Password? = nil) {
        self.address = address
        self.transport = transport
        self.password = password
        resolver = NameResolver(host: address.host)
    }

    package func run(_ session: LiveSession) throws {
        // FFmpeg would do this as well, but without a deadline, and without saying that it was this that failed.
        try resolver.resolve(session)
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
                        + "needs LoadCredential=\(name):/path/to/file", retry: .needsPerson)
            }
            path = "\(folder)/\(name)"
        }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw VisageError(
                .configuration, "the password file \(path) cannot be read", cause: error.localizedDescription,
                retry: .needsPerson)
        }
        // Editors and `echo` end files with a line end that is no part of it.
        guard let password = text.split(whereSeparator: \.isNewline).first else {
            throw VisageError(.configuration, "the password file \(path) is empty", retry: .needsPerson)
        }
        return String(password)
    }
}
