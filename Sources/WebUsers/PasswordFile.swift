import Foundation
import Storage
import VisageCore

/// The users of the page: a text file, one a line, `name:role:hash`, readable by its owner alone. `visage web-password`
/// writes it.
package struct PasswordFile: Sendable, Equatable {
    package struct User: Sendable, Equatable {
        package let name: String
        package let role: Role
        package let hash: PasswordHash

        package init(name: String, role: Role, hash: PasswordHash) {
            self.name = name
            self.role = role
            self.hash = hash
        }
    }

    package var users: [User]

    package init(users: [User] = []) { self.users = users }

    /// - Returns: nil if there is no such file.
    /// - Throws: `VisageError`: configuration with the line that cannot be read, unreadable.
    package static func load(_ path: String) throws -> PasswordFile? {
        let data: Data
        do { data = try BoundedFile.read(URL(filePath: path), limit: 1 << 20) } catch let error as VisageError
            where error.code == .notFound
        {
            return nil
        }
        var file = PasswordFile()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, isName(parts[0]), let role = Role(rawValue: String(parts[1])),
                let hash = PasswordHash(text: parts[2])
            else {
                throw VisageError(
                    .configuration,
                    "\(path), line \(index + 1): not a user; write the file with `visage web-password`")
            }
            file.users.append(User(name: String(parts[0]), role: role, hash: hash))
        }
        return file
    }

    /// Letters, digits, `-`, `_` and `.`, at most 64.
    package static func isName(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || [0x2D, 0x2E, 0x5F].contains($0)
            }
    }

    /// - Throws: `VisageError` (unwritable).
    package func write(to path: String) throws {
        let lines = users.map { "\($0.name):\($0.role.rawValue):\($0.hash)\n" }.joined()
        let file = URL(filePath: path)
        try DurableFile.makeFolder(file.deletingLastPathComponent(), mode: 0o700)
        try DurableFile.replace(Data(lines.utf8), at: file)
    }
}
