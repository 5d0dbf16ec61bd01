import Foundation
import VisageCore

/// An exclusive lock on a file of mode 0600. Whoever can open a file, even only to read, can lock it; so what must not be
/// held up by others is locked where they can open nothing.
final class PrivateLock: Sendable {
    /// Another process of this user, or another part of this one, has the lock.
    struct Held: Error {}

    private let descriptor: Int32
    private let path: String
    private let isTemporary: Bool

    /// - Parameters:
    ///   - wait: how long to try.
    ///   - isTemporary: whether the file is removed with the lock.
    /// - Throws: `Held`, or `DiskFailure`.
    init(_ path: String, wait: Duration = .zero, isTemporary: Bool = false) throws {
        (self.path, self.isTemporary) = (path, isTemporary)
        let deadline = MonotonicTime.now + wait
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw DiskFailure.last }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                // The one who had it may have removed the file in the meantime.
                if Self.isFile(descriptor, at: path) {
                    _ = fchmod(descriptor, 0o600)
                    self.descriptor = descriptor
                    return
                }
                close(descriptor)
                continue
            }
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK || code == EINTR else { throw DiskFailure(code: code) }
            guard MonotonicTime.now < deadline else { throw Held() }
            // flock(2) has no timeout, and a signal to interrupt it would reach the whole process.
            usleep(5_000)
        }
    }

    deinit {
        if isTemporary { unlink(path) }
        // Closing is not enough: a child that is being started has the file open too, for a moment.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var (own, named) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && lstat(path, &named) == 0 && own.st_ino == named.st_ino
            && own.st_dev == named.st_dev
    }
}
