import Foundation

/// Where a password comes from that does not stand in the configuration. Read at every connection, so that a new one
/// needs no restart.
public enum PasswordSource: Sendable, Hashable {
    case file(String)
    /// Of systemd's `LoadCredential`.
    case credential(String)

    /// - Throws: `VisageError.configuration` if there is none to be had.
    public func check() throws { _ = try read() }

    /// - Throws: `VisageError.configuration` if it cannot be read or is empty.
    package func read() throws -> String {
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
                .configuration, "the password file \(path) cannot be read", cause: error.systemReason,
                retry: .needsPerson)
        }
        // Editors and `echo` end files with a line end that is no part of it.
        guard let password = text.split(whereSeparator: \.isNewline).first else {
            throw VisageError(.configuration, "the password file \(path) is empty", retry: .needsPerson)
        }
        return String(password)
    }
}
