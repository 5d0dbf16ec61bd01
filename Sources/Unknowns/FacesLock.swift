import Foundation
import Storage
import VisageCore

/// Keeps two commands from changing one faces folder, or a gallery of it, at the same time, for as long as it lives;
/// clears away what one that was killed has left. What is changed is to be read under it.
public final class FacesLock: Sendable {
    public let faces: URL
    /// People whose removal another command had begun; it is done now.
    public let finished: Set<String>
    private let descriptor: Int32
    private let isMade: Bool

    /// For one who changes the folder. Makes it if need be; it goes again if nothing comes into it.
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

    /// For one who only reads the folder, as others may at the same time; where it cannot be locked, nobody is kept away.
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

    /// Makes a folder in it that nobody sees: for photos to come, and for the folders of people who go.
    /// - Throws: `VisageError` (unwritable).
    static func makeHidden(in faces: URL) throws -> URL {
        let folder = faces.appending(path: "\(prefix)\(getpid())", directoryHint: .isDirectory)
        guard mkdir(folder.path, 0o700) == 0 else {
            throw VisageError(
                .unwritable, "\(faces.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        return folder
    }

    /// - Returns: whose folders were on their way out.
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
                    cause: (error as? VisageError)?.cause ?? error.localizedDescription)
            }
        }
        return people
    }
}
