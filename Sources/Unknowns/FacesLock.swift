import Foundation
import VisageCore

/// Keeps two commands from changing one faces folder at the same time, and clears away what one that was killed has
/// left.
final class FacesLock: Sendable {
    private let descriptor: Int32

    /// Makes the folder if need be.
    /// - Throws: `VisageError` (unwritable, inUse).
    init(_ faces: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: faces, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw VisageError(.unwritable, "\(faces.path) cannot be made", cause: error.localizedDescription)
        }
        descriptor = open(faces.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw VisageError(.unwritable, "\(faces.path) cannot be used", cause: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw VisageError(.inUse, "Another `visage label` or `visage forget` works on \(faces.path)")
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: faces.path)) ?? []
        where name.hasPrefix(Self.prefix) {
            try? FileManager.default.removeItem(at: faces.appending(path: name))
        }
    }

    deinit { close(descriptor) }

    private static let prefix = ".visage-"

    /// A folder in it that nobody sees.
    static func hidden(in faces: URL) -> URL {
        faces.appending(path: "\(prefix)\(getpid())", directoryHint: .isDirectory)
    }
}
