import Foundation
import ServiceSupport
import Synchronization
import VisageCore

/// Writes lines without buffering. A closed pipe ends the program quietly, as in `... | head`. Names, paths and messages
/// come from elsewhere, so everything is escaped by `TerminalText`.
package enum Output {
    /// Makes Ctrl-C a normal end of the program.
    package static func endQuietly() {
        // Only _exit is allowed in a signal handler; nothing is buffered.
        signal(SIGINT) { _ in _exit(0) }
        // If standard output is closed, the next file opened would get its descriptor and the lines meant for it.
        if fcntl(STDOUT_FILENO, F_GETFD) < 0 { exit(0) }
    }

    /// Whether lines and progress are printed as JSON objects, for a program that runs this one.
    package static let isJSON = Atomic(false)

    /// A line on standard output.
    package static func line(_ text: String) {
        guard isJSON.load(ordering: .relaxed) else { return printed(TerminalText.escaped(text)) }
        try? printJSON(["line": text])
    }

    /// A line of JSON on standard output.
    package static func json(_ text: String) { printed(TerminalText.escaped(json: text)) }

    private static func printed(_ line: String) {
        do {
            // Nobody reads any more: no reason to go on, and none to complain.
            guard try StandardStream.output(line + "\n") else { exit(0) }
        } catch {
            note("\(error)")
            exit(1)
        }
    }

    /// A line on standard error.
    package static func note(_ text: String) { control("visage: \(TerminalText.escaped(text))\n") }

    /// Writes to standard error what is to be obeyed by a terminal. It is lost if standard error cannot be written.
    package static func control(_ text: String) { StandardStream.error(text) }
}

/// Prints `value` as one JSON object.
package func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Output.json(String(decoding: try encoder.encode(value), as: UTF8.self))
}
