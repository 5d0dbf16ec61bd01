import Foundation
import VisageCore

/// What the configuration says of an RTSP camera besides its address.
public struct RTSPSettings: Sendable, Hashable {
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

    public var transport: Transport
    public var password: Password?
    /// A file of PEM certificates of the authorities that may vouch for the camera, in place of the system's; empty: the
    /// system's.
    public var certificateFile: String
    /// SHA-256 of the camera's certificate, in hexadecimal digits, which then needs nobody to vouch for it; empty: none.
    public var certificatePin: String

    public init(
        transport: Transport = .tcp, password: Password? = nil, certificateFile: String = "",
        certificatePin: String = ""
    ) {
        self.transport = transport
        self.password = password
        self.certificateFile = certificateFile
        self.certificatePin = certificatePin
    }
}

extension RTSPSettings.Password {
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
