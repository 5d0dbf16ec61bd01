import Daemon
import Foundation

/// Writes lines to standard output without buffering. A closed pipe ends the program quietly, as in `... | head`.
enum Output {
    /// Makes Ctrl-C a normal end of the program.
    static func endQuietly() {
        // Only _exit is allowed in a signal handler; nothing is buffered.
        signal(SIGINT) { _ in _exit(0) }
        // If standard output is closed, the next file opened would get its descriptor and the lines meant for it.
        if fcntl(STDOUT_FILENO, F_GETFD) < 0 { exit(0) }
    }

    static func line(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 {
                let cause = errno
                guard cause != EPIPE, cause != EBADF else { exit(0) }
                note("cannot write: \(String(cString: strerror(cause)))")
                exit(1)
            }
            written += count
        }
    }

    /// A line on standard error.
    static func note(_ text: String) { StandardStream.error("visage: \(text)\n") }
}

/// Prints `value` as one JSON object.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Output.line(String(decoding: try encoder.encode(value), as: UTF8.self))
}
