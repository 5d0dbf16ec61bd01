import Foundation
import Storage
import VisageCore

/// Where a password comes from. It is read at each use, so that a changed one counts from the next connection on.
public enum Secret: Sendable, Equatable {
    /// A file of its own.
    case file(String)
    /// A credential that systemd hands to the service, by name: see systemd.exec(5), `LoadCredential=`.
    case credential(String)

    private static let maxBytes = 4_096

    /// The password: the text up to the first line break.
    /// - Throws: `VisageError` (configuration).
    public func read() throws -> String {
        let file: URL
        switch self {
        case .file(let path): file = URL(filePath: path)
        case .credential(let name):
            guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] else {
                throw VisageError(
                    .configuration,
                    "There is no credential `\(name)`: systemd hands credentials only to a service whose unit has "
                        + "LoadCredential=\(name):FILE")
            }
            file = URL(filePath: folder).appending(path: name)
        }
        let data: Data
        do {
            data = try BoundedFile.read(file, limit: Self.maxBytes)
        } catch let error as VisageError {
            throw VisageError(
                .configuration, "The password of the broker cannot be read from \(file.path)", cause: error.cause)
        }
        let line = data.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard let password = String(bytes: line, encoding: .utf8), !password.isEmpty, !password.contains("\0") else {
            throw VisageError(
                .configuration, "\(file.path) should hold the password of the broker as a line of text in UTF-8")
        }
        return password
    }
}
