import Foundation
import VisageCore

/// Files with biometric data: readable by their owner alone from the first byte on.
enum PrivateFile {
    /// Writes it through to the disk.
    /// - Throws: `VisageError.unwritable`.
    static func write(_ data: Data, to file: URL) throws {
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
}
