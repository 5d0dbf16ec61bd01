import Events
import Foundation
import VisageCore

/// The listening socket, mode 0660 and of the group visage.
final class FleetSocket {
    let descriptor: Int32
    private let path: String
    private let file: (device: dev_t, inode: ino_t)

    /// - Throws: `VisageError`, inUse if another process answers there.
    init(at path: String, group: String = "visage") throws {
        let address = try UnixAddress(path)
        try Self.removeStale(path, address)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("Cannot make the socket \(path)") }
        // Linux makes the file with the mode of the socket, less the umask; so it is narrow from the start.
        var status = stat()
        guard fchmod(descriptor, 0o660) == 0, address.bind(descriptor) == 0, chmod(path, 0o660) == 0,
            lstat(path, &status) == 0, listen(descriptor, 64) == 0
        else {
            let problem = Self.failure("Cannot make the socket \(path): check its folder and owner")
            close(descriptor)
            throw problem
        }
        if let entry = getgrnam(group) { _ = lchown(path, uid_t.max, entry.pointee.gr_gid) }
        (self.descriptor, self.path, file) = (descriptor, path, (status.st_dev, status.st_ino))
    }

    deinit {
        close(descriptor)
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == file.device, status.st_ino == file.inode else { return }
        unlink(path)
    }

    /// The next who waits; nil if nobody does.
    func accept() -> FleetSubscriber? {
        let client = Foundation.accept(descriptor, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        return FleetSubscriber(client)
    }

    private static func removeStale(_ path: String, _ address: UnixAddress) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw VisageError(.unwritable, "\(path) exists and is not a socket: choose another path or move it away")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(probe) }
        if address.connect(probe) == 0 || errno == EAGAIN {
            throw VisageError(
                .inUse, "The socket \(path) is in use by another process: stop that or choose another path")
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("Cannot replace the stale socket \(path)") }
    }

    private static func failure(_ message: String) -> VisageError {
        VisageError(.unwritable, message, cause: String(cString: strerror(errno)))
    }
}
