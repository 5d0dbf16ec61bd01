import Foundation

/// A system call on a file failed.
struct DiskFailure: Error, CustomStringConvertible {
    let code: Int32

    /// The error of the call that has just failed.
    static var last: DiskFailure { DiskFailure(code: errno) }

    var description: String { String(cString: strerror(code)) }

    /// Whether the disk is the reason, and not the path or its owner: then it may work again later without anybody changing
    /// the configuration.
    var isOfTheDisk: Bool { [ENOSPC, EDQUOT, EROFS, EIO, ENXIO, ENODEV, ESTALE, ENOMEM].contains(code) }
}

extension FileManager {
    /// Makes the names in a folder durable: those of new, renamed and removed files.
    func synchronize(folder: String) throws {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DiskFailure.last }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw DiskFailure.last }
    }
}
