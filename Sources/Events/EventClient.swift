import Foundation
import VisageCore

/// Reads events from the daemon's socket; blocks while it waits. For one thread.
public final class EventClient {
    /// What reading gave.
    public enum Reading: Equatable, Sendable {
        /// Without its newline.
        case line(String)
        /// The daemon closed the connection.
        case ended
        /// Nothing came in time.
        case timedOut
    }

    /// To wait at, together with other things.
    package let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Where the next line begins, and up to where no newline was found.
    private var start = 0
    private var searched = 0

    /// Connects.
    /// - Throws: `VisageError` that says whether no daemon listens there, or access is denied.
    public init(connectingTo path: String) throws {
        let address = try UnixAddress(path)
        // Once the property is set, an error runs `deinit` as well, which closes it.
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw VisageError(.source, "Cannot make a socket", cause: String(cString: strerror(errno)))
        }
        guard address.connect(descriptor) == 0 else {
            let code = errno
            close(descriptor)
            throw EventClient.failure(code, path)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends the request line; do it right after connecting.
    public func send(_ request: EventRequest) throws {
        try send(bytes: Array(JSONEncoder().encode(request)) + [UInt8(ascii: "\n")])
    }

    /// Sends anything.
    public func send(bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw VisageError(
                    .source, "The daemon has closed the connection", cause: String(cString: strerror(errno)))
            }
            sent += count
        }
    }

    /// Closes the sending half of the connection; receiving goes on.
    public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next line. Without `timeout`, waits for ever.
    public func next(timeout: Duration? = nil) throws -> Reading {
        let deadline = timeout.map { MonotonicTime.now + $0 }
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { (start, searched) = (end + 1, end + 1) }
                return .line(String(decoding: buffer[start..<end], as: UTF8.self))
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            if let deadline, !(try isReadable(before: deadline)) { return .timedOut }
            guard try receive() else { return .ended }
        }
    }

    private func isReadable(before deadline: MonotonicTime) throws -> Bool {
        while true {
            let left = (deadline - MonotonicTime.now).milliseconds
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let result = poll(&poller, 1, Int32(clamping: Int(max(0, left.rounded(.up)))))
            if result < 0, errno == EINTR { continue }
            return result > 0
        }
    }

    /// false at the end. A connection that was reset has ended too.
    private func receive() throws -> Bool {
        let chunk = 65_536
        var count = 0
        let filled = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: chunk))
        repeat {
            count = buffer.withUnsafeMutableBytes { bytes in
                recv(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).baseAddress, chunk,
                    0)
            }
        } while count < 0 && errno == EINTR
        let code = errno
        buffer.removeLast(chunk - max(0, count))
        guard count >= 0 || code == ECONNRESET else {
            throw VisageError(.source, "Cannot read events", cause: String(cString: strerror(code)))
        }
        return count > 0
    }

    private static func failure(_ code: Int32, _ path: String) -> VisageError {
        let cause = String(cString: strerror(code))
        switch code {
        case ENOENT, ECONNREFUSED:
            return VisageError(
                .notFound, "No visaged answers on \(path): start it, or name its socket with --socket",
                cause: cause)
        case EACCES, EPERM:
            return VisageError(
                .unreadable, "You may not read \(path): join the group visage, or ask as root", cause: cause)
        default:
            return VisageError(.source, "Cannot connect to \(path)", cause: cause)
        }
    }
}
