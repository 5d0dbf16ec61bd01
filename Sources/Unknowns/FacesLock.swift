import Foundation
import Storage
import VisageCore

/// Keeps two commands from changing one faces folder, or a gallery of it, at the same time, as long as it exists;
/// removes what a command that was killed has left. What is to be changed has to be read under this lock.
public final class FacesLock: Sendable {
    public let faces: URL
    /// People whose removal another command had begun; it is done now.
    public let finished: Set<String>
    private let descriptor: Int32
    private let isMade: Bool

    /// For a command that changes the folder, which is made if it does not exist and removed again if it stays empty.
    /// - Throws: `VisageError` (unwritable, inUse).
    public init(_ faces: URL) throws {
        isMade = access(faces.path, F_OK) != 0
        try DurableFile.makeFolder(faces, mode: 0o700)
        let descriptor = open(faces.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code != EWOULDBLOCK else { throw Self.inUse(faces) }
            throw VisageError(.unwritable, "\(faces.path) cannot be used", cause: String(cString: strerror(code)))
        }
        do {
            finished = try Self.clear(faces)
        } catch {
            close(descriptor)
            throw error
        }
        self.faces = faces
        self.descriptor = descriptor
    }

    /// For a command that only reads the folder, as others may at the same time; a folder that cannot be locked is read
    /// without a lock.
    /// - Throws: `VisageError` (inUse) while somebody changes it.
    public init(reading faces: URL) throws {
        self.faces = faces
        finished = []
        isMade = false
        descriptor = open(faces.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        throw Self.inUse(faces)
    }

    deinit {
        if isMade { rmdir(faces.path) }
        close(descriptor)
    }

    private static func inUse(_ faces: URL) -> VisageError {
        VisageError(
            .inUse,
            "Another `visage train`, `visage label` or `visage forget` works on \(faces.path): retry when it finishes"
        )
    }

    private static let prefix = ".visage-"

    /// Makes a hidden folder in it, for photos that are being added and for the folders of people who are being removed.
    /// - Throws: `VisageError` (unwritable).
    static func makeHidden(in faces: URL) throws -> URL {
        let folder = faces.appending(path: "\(prefix)\(getpid())", directoryHint: .isDirectory)
        guard mkdir(folder.path, 0o700) == 0 else {
            throw VisageError(
                .unwritable, "\(faces.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        return folder
    }

    /// - Returns: the people whose folders were being removed.
    private static func clear(_ faces: URL) throws -> Set<String> {
        var people: Set<String> = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: faces.path)) ?? []
        where name.hasPrefix(prefix) {
            let left = faces.appending(path: name, directoryHint: .isDirectory)
            do {
                for person in try FileManager.default.contentsOfDirectory(
                    at: left, includingPropertiesForKeys: [.isRegularFileKey])
                where try person.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == false {
                    people.insert(person.lastPathComponent.precomposedStringWithCanonicalMapping)
                }
                try DurableFile.remove(left)
            } catch {
                throw VisageError(
                    .unwritable, "\(left.path), which a command that was killed has left, cannot be removed",
                    cause: (error as? VisageError)?.cause ?? error.systemReason)
            }
        }
        return people
    }
}
