import Foundation
import VisageCore

/// Files with biometric data or faces: readable by their owner alone from the first byte on.
public enum PrivateFile {
    /// Writes it through to the disk.
    /// - Throws: `VisageError.unwritable`.
    package static func write(_ data: Data, to file: URL) throws {
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
            try handle.synchronize()
        } catch {
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: error.localizedDescription)
        }
    }

    /// Writes it beside and renames it into place, so that nobody sees half of it; makes the folder if need be.
    /// - Throws: `VisageError.unwritable`.
    public static func replace(_ data: Data, at file: URL) throws {
        let folder = file.deletingLastPathComponent()
        let beside = folder.appending(path: ".\(file.lastPathComponent).\(getpid())")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw VisageError(.unwritable, "\(folder.path) cannot be made", cause: error.localizedDescription)
        }
        // Gone once it is in its place.
        defer { unlink(beside.path) }
        try write(data, to: beside)
        guard rename(beside.path, file.path) == 0 else {
            let cause = String(cString: strerror(errno))
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: cause)
        }
    }
}
