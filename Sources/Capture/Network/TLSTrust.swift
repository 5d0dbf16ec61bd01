import Foundation
import VisageCore

/// How the certificate of a camera is judged. Without either, the authorities that the system trusts have to vouch for it.
package struct TLSTrust: Codable, Sendable, Hashable {
    private static let maxFileBytes = 64 << 10

    /// PEM certificates of the authorities that may vouch for it.
    package var certificates: String?
    /// SHA-256 of the certificate itself, 32 bytes.
    package var pin: [UInt8]?

    /// Reads the file at every connection, so that a new one needs no restart.
    /// - Throws: `VisageError.configuration` if the file cannot be read or the pin is none.
    init(_ settings: RTSPSettings) throws {
        if !settings.certificatePin.isEmpty {
            guard let bytes = RTSPSettings.digest(ofPin: settings.certificatePin) else {
                throw VisageError(.configuration, "the certificate's `tls_pin` is not a SHA-256", retry: .needsPerson)
            }
            pin = bytes
        } else if !settings.certificateFile.isEmpty {
            let path = settings.certificateFile
            guard let text = try? String(contentsOfFile: path, encoding: .utf8), text.contains("BEGIN CERTIFICATE")
            else {
                throw VisageError(
                    .configuration, "`tls_ca` \(path) cannot be read as PEM certificates", retry: .needsPerson)
            }
            guard text.utf8.count <= Self.maxFileBytes else {
                throw VisageError(
                    .configuration,
                    "`tls_ca` \(path) is larger than \(Self.maxFileBytes >> 10) KB: name the camera's "
                        + "authority alone", retry: .needsPerson)
            }
            certificates = text
        }
    }
}
