// Storage is files that survive a power cut, and files of others read up to a size.

import Foundation
import VisageCore

/// Reads files that somebody else may have written.
public enum BoundedFile {
    /// The content of a regular file. Pipes and devices, which may never end, are refused.
    /// - Parameter limit: the largest size in bytes.
    /// - Throws: `VisageError`: notFound, or unreadable with the reason.
    public static func read(_ file: URL, limit: Int) throws -> Data {
        // A pipe that nobody writes into would otherwise be waited for.
        let descriptor = open(file.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw VisageError(
                code == ENOENT ? .notFound : .unreadable, "\(file.path) cannot be read",
                cause: String(cString: strerror(code)))
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw VisageError(.unreadable, "\(file.path) cannot be read", cause: "it is not a regular file")
        }
        let tooLarge = VisageError(
            .unreadable, "\(file.path) cannot be read", cause: "it is larger than \(limit >> 20) MiB")
        guard Int(status.st_size) <= limit else { throw tooLarge }
        do {
            // One byte more, for a file that grows.
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else { throw tooLarge }
            return data
        } catch let error as VisageError {
            throw error
        } catch {
            throw VisageError(.unreadable, "\(file.path) cannot be read", cause: error.systemReason)
        }
    }
}
