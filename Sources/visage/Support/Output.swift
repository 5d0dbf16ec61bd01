import Foundation
import VisageCore

/// Writes lines without buffering. A closed pipe ends the program quietly, as in `... | head`. Names, paths and messages
/// come from elsewhere, so everything is escaped by `TerminalText`.
enum Output {
    /// Makes Ctrl-C, and a reader that closes the pipe, a normal end of the program.
    static func endQuietly() {
        // Only _exit is allowed in a signal handler; nothing is buffered.
        signal(SIGINT) { _ in _exit(0) }
        signal(SIGPIPE) { _ in _exit(0) }
        // If standard output is closed, the next file opened would get its descriptor and the lines meant for it.
        if fcntl(STDOUT_FILENO, F_GETFD) < 0 { exit(0) }
    }

    /// A line on standard output.
    static func line(_ text: String) { printed(TerminalText.escaped(text)) }

    /// A line of JSON on standard output.
    static func json(_ text: String) { printed(TerminalText.escaped(json: text)) }

    private static func printed(_ line: String) {
        guard let cause = write(line + "\n", to: STDOUT_FILENO) else { return }
        guard cause != EPIPE, cause != EBADF else { exit(0) }
        note("cannot write: \(String(cString: strerror(cause)))")
        exit(1)
    }

    /// A line on standard error.
    static func note(_ text: String) { control("visage: \(TerminalText.escaped(text))\n") }

    /// Writes to standard error what is to be obeyed by a terminal. It is lost if standard error cannot be written.
    static func control(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// - Returns: `errno` if not everything could be written.
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count < 0 ? errno : EIO }
            written += count
        }
        return nil
    }
}

/// Prints `value` as one JSON object.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Output.json(String(decoding: try encoder.encode(value), as: UTF8.self))
}
