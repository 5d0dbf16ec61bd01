import Events
import Foundation
import VisageCore

/// A listening Unix stream socket and the file that it has in the file system.
struct UnixSocket: Sendable {
    let descriptor: Int32
    let path: String
    /// The socket's file, if this process made it and has to remove it; nil if a service manager made it.
    private let file: (device: dev_t, inode: ino_t)?

    /// Makes the socket: mode 0660 and never wider, group `group` if that exists and may be set. A socket file that
    /// no process listens on is replaced; the last folder of the path is made if it is missing.
    /// - Throws: `VisageError`, `.inUse` when another process answers there.
    static func listen(at path: String, group: String = "visage") throws -> UnixSocket {
        let address = try UnixAddress(path)
        let lock = try lockFolder(of: path)
        defer { withExtendedLifetime(lock) {} }
        try removeStale(path, address)

        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("Cannot make the socket \(path)") }
        do {
            // Linux makes the file with the mode of the socket, less the umask; so it is narrow from the start.
            guard fchmod(descriptor, 0o660) == 0, address.bind(descriptor) == 0 else {
                throw failure("Cannot make the socket \(path): check its folder and owner")
            }
            if let id = groupID(group) { _ = lchown(path, uid_t.max, id) }
            var status = stat()
            guard chmod(path, 0o660) == 0, lstat(path, &status) == 0,
                Foundation.listen(descriptor, backlog) == 0
            else { throw failure("Cannot open the socket \(path)") }
            return UnixSocket(descriptor: descriptor, path: path, file: (status.st_dev, status.st_ino))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes over a listening socket from a service manager. Its file stays when this process ends, and clients that connect
    /// in the meantime wait for the next process.
    static func inherit(_ descriptor: Int32, path: String) -> UnixSocket {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return UnixSocket(descriptor: descriptor, path: path, file: nil)
    }

    /// Sets how many clients may wait to be accepted. To be called after NIO, which sets its own number.
    func setBacklog(_ count: Int32 = UnixSocket.backlog) { _ = Foundation.listen(descriptor, count) }

    /// Removes the file, unless another one is in its place by now.
    func removeFile() {
        var status = stat()
        guard let file, lstat(path, &status) == 0, status.st_dev == file.device, status.st_ino == file.inode else {
            return
        }
        unlink(path)
    }

    private static let backlog: Int32 = 4_096

    /// Two daemons that start at once must not each take the other's new socket for a stale one. What is locked is a file
    /// that nobody else can open: the folder could be locked by everybody who may read it.
    /// - Returns: nil where no such file can be made
    private static func lockFolder(of path: String) throws -> PrivateLock? {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        if mkdir(folder, 0o755) != 0, errno == ENOENT {
            throw VisageError(
                .notFound, "The folder \(folder) for the socket \(path) does not exist: create it")
        }
        do {
            // The other one has it for milliseconds.
            return try PrivateLock(folder + "/.visage-\(geteuid()).lock", wait: .seconds(2), isTemporary: true)
        } catch is PrivateLock.Held {
            throw VisageError(.inUse, "Another visaged is starting, or hangs, in the folder \(folder): end that one")
        } catch {
            // Then the socket's file can hardly be made either, which is said better there.
            return nil
        }
    }

    private static func removeStale(_ path: String, _ address: UnixAddress) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw VisageError(
                .unwritable, "\(path) exists and is not a socket: choose another path or move it away")
        }
        let probe = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | O_NONBLOCK, 0)
        guard probe >= 0 else { throw failure("Cannot find out who uses the socket \(path)") }
        defer { close(probe) }
        // EAGAIN: a process listens, and its backlog is full.
        if address.connect(probe) == 0 || errno == EAGAIN || errno == EINPROGRESS {
            throw VisageError(
                .inUse, "The socket \(path) is in use by another process: stop that or choose another path")
        }
        guard errno == ECONNREFUSED || errno == ENOENT else { throw failure("Cannot use the socket \(path)") }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw failure("Cannot replace the stale socket \(path)")
        }
    }

    private static func groupID(_ name: String) -> gid_t? {
        var entry = group()
        var result: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &result) == 0, result != nil else { return nil }
        return entry.gr_gid
    }

    private static func failure(_ message: String) -> VisageError {
        VisageError(.unwritable, message, cause: String(cString: strerror(errno)))
    }
}
