import Foundation
import Synchronization
import VisageCore

/// Standard output and standard error, written without a buffer. Foundation's `FileHandle.write` ends the process when
/// the reader has gone or the disk is full; these do not. The process has to ignore SIGPIPE: see `ignoreBrokenPipes`.
public enum StandardStream {
    /// How long a reader who does not read may hold up whoever writes to standard error, once; until it reads again
    /// nobody waits for it.
    private static let readerTimeout: Int32 = 200
    private static let isStuck = Mutex(false)

    /// Makes writing to a pipe or socket whose reader has gone an error, and not the end of the process. To be called
    /// first in `main`.
    public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Writes to standard error as far as that is possible. What cannot be written is lost: there is nobody to tell.
    public static func error(_ text: String) {
        // One at a time, so that lines stay whole, and so that a pipe that has room for one does not get two.
        isStuck.withLock { isStuck in
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                isStuck = poll(&ready, 1, isStuck ? 0 : readerTimeout) == 0
                guard !isStuck else { return }
                // A pipe that is ready takes so many bytes without waiting.
                let count = bytes.prefix(Int(PIPE_BUF)).withUnsafeBytes {
                    write(STDERR_FILENO, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                bytes = bytes.dropFirst(count)
            }
        }
    }

    /// Writes to standard output.
    /// - Returns: false if nobody reads it any more.
    /// - Throws: `VisageError` (unwritable), as when it is a file on a full disk.
    public static func output(_ text: String) throws -> Bool { try output(bytes: text.utf8) }

    /// As `output(_:)`, for what is no text.
    public static func output(bytes: some Sequence<UInt8>) throws -> Bool {
        var bytes = Array(bytes)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if errno == EPIPE || errno == EBADF { return false }
                throw VisageError(
                    .unwritable, "Standard output cannot be written", cause: String(cString: strerror(errno)))
            }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// Writes out what `print` has left in its buffer.
    /// - Throws: `VisageError` (unwritable) if some of what was printed could not be written although somebody reads it.
    public static func flushPrinted() throws {
        let (isWritten, cause) = (fflush(nil) == 0, errno)
        guard !isWritten, cause != EPIPE, cause != EBADF else { return }
        throw VisageError(.unwritable, "Standard output cannot be written", cause: String(cString: strerror(cause)))
    }
}
