// Storage is how files get onto the disk and from it: whole, readable by their owner alone, and still there after a power
// cut once a function here has returned; and read only up to a size.

import CLinux
import Foundation
import VisageCore

/// Files and folders that survive a power cut: what has been written, renamed or removed is on the disk when the function
/// returns, and so are the entries in the folders. Files with biometric data or faces are readable by their owner alone
/// from the first byte on.
public enum DurableFile {
    /// Writes the content. The entry in the folder lasts from the next `syncFolder` on.
    /// - Parameter mode: of a new file; the umask applies.
    /// - Throws: `VisageError` (unwritable).
    public static func write(_ data: Data, to file: URL, mode: mode_t = 0o600) throws {
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw unwritable(file, errno) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
        } catch {
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: error.systemReason)
        }
        guard fsync(descriptor) == 0 else { throw unwritable(file, errno) }
    }

    /// Brings what another library has written onto the disk.
    /// - Throws: `VisageError` (unwritable).
    public static func sync(_ file: URL) throws {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unwritable(file, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unwritable(file, errno) }
    }

    /// Writes beside the file and renames into its place, so that nobody sees half of it; makes the folder if need be.
    /// - Throws: `VisageError` (unwritable), with the file as it was.
    public static func replace(_ data: Data, at file: URL, mode: mode_t = 0o600) throws {
        let folder = file.deletingLastPathComponent()
        try makeFolder(folder)
        let beside = folder.appending(path: temporaryName(of: file.lastPathComponent))
        // Gone once it is in its place.
        defer { unlink(beside.path) }
        try write(data, to: beside, mode: mode)
        try rename(beside, to: file)
    }

    /// How `replace` names a file that is not complete: hidden, with the process that writes it.
    private static func temporaryName(of name: String) -> String { ".\(name).\(getpid())" }

    /// Removes files in a folder that processes which were killed in `replace` have left.
    /// - Parameter prefix: of the names of the files that were to be written.
    public static func clearUnfinished(in folder: URL, prefix: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(".\(prefix)") {
            guard let process = name.split(separator: ".").last.flatMap({ Int32($0) }), process > 0 else { continue }
            if process == getpid() || (kill(process, 0) != 0 && errno == ESRCH) {
                unlink(folder.appending(path: name).path)
            }
        }
    }

    /// Renames a file or folder.
    /// - Throws: `VisageError` (unwritable).
    public static func rename(_ from: URL, to target: URL) throws {
        guard Foundation.rename(from.path, target.path) == 0 else { throw unwritable(target, errno) }
        let (old, new) = (from.deletingLastPathComponent(), target.deletingLastPathComponent())
        try syncFolder(new)
        if old.standardizedFileURL != new.standardizedFileURL { try syncFolder(old) }
    }

    /// Lets two files or folders of one folder change places in one step.
    /// - Throws: `VisageError` (unwritable).
    public static func exchange(_ new: URL, _ old: URL) throws {
        guard visage_exchange(new.path, old.path) == 0 else { throw unwritable(old, errno) }
        try syncFolder(old.deletingLastPathComponent())
    }

    /// Removes a file, or a folder with all that is in it. One that is not there is no error.
    /// - Throws: `VisageError` (unwritable).
    public static func remove(_ place: URL) throws {
        var status = stat()
        guard lstat(place.path, &status) == 0 || errno != ENOENT else { return }
        do {
            try FileManager.default.removeItem(at: place)
        } catch {
            throw VisageError(.unwritable, "\(place.path) cannot be removed", cause: error.systemReason)
        }
        try syncFolder(place.deletingLastPathComponent())
    }

    /// Makes a folder, and those above it, where they do not exist.
    /// - Parameter mode: of new folders; the umask applies.
    /// - Throws: `VisageError` (unwritable).
    public static func makeFolder(_ folder: URL, mode: mode_t = 0o777) throws {
        var missing: [URL] = []
        var place = folder.absoluteURL.standardizedFileURL
        while access(place.path, F_OK) != 0, errno == ENOENT, place.path != "/" {
            missing.append(place)
            place.deleteLastPathComponent()
        }
        for place in missing.reversed() {
            guard mkdir(place.path, mode) == 0 || errno == EEXIST else {
                throw VisageError(
                    .unwritable, "\(folder.path) cannot be made", cause: String(cString: strerror(errno)))
            }
            try syncFolder(place.deletingLastPathComponent())
        }
        var status = stat()
        guard stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw VisageError(.unwritable, "\(folder.path) cannot be made", cause: String(cString: strerror(ENOTDIR)))
        }
    }

    /// Brings the entries of a folder onto the disk: files that were made, renamed or removed in it.
    /// - Throws: `VisageError` (unwritable).
    public static func syncFolder(_ folder: URL) throws {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // A folder may be written into without being readable.
            guard errno == EACCES else { throw unwritable(folder, errno) }
            return Foundation.sync()
        }
        defer { close(descriptor) }
        // Some network file systems have no such call for folders, and need none.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EOPNOTSUPP else { throw unwritable(folder, errno) }
    }

    private static func unwritable(_ place: URL, _ code: Int32) -> VisageError {
        VisageError(.unwritable, "\(place.path) cannot be written", cause: String(cString: strerror(code)))
    }
}
