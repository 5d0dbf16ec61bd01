import ArgumentParser
import Foundation
import ServiceSupport
import VisageCore

/// How a program with commands of `visage` runs the one that it was called with.
package enum CommandLineProgram {
    /// What `visage --help` says first.
    package static let abstract = "Train and evaluate face galleries, and work with a running visaged."
    package static let discussion = """
        Exits with 0 on success, 1 after a failure, 64 for wrong usage and 78 for a wrong configuration.
        """

    /// Runs the command. After a failure it ends the process, with one line on standard error and the exit code that
    /// `visage --help` states.
    package static func run<Root: ParsableCommand>(_: Root.Type) {
        StandardStream.ignoreBrokenPipes()
        do {
            var command = try Root.parseAsRoot()
            try command.run()
            try StandardStream.flushPrinted()
        } catch let error as VisageError {
            Output.note("\(error)")
            Foundation.exit(error.exitCode)
        } catch {
            let code = Root.exitCode(for: error)
            // Asking for help is not an error, and a command that throws only an exit code has already printed its message.
            guard code != .success, !(error is ExitCode) else { Root.exit(withError: error) }
            // The library's message may have several lines.
            let text = Root.message(for: error).replacing("\n", with: " ")
            Output.note(text + (code == .validationFailure ? hint(for: error, of: Root.self) : ""))
            Foundation.exit(code.rawValue)
        }
    }

    /// The last line of the library's usage text names the command that prints the help; the hint repeats it.
    private static func hint<Root: ParsableCommand>(for error: any Error, of _: Root.Type) -> String {
        let last = Root.fullMessage(for: error).split(separator: "\n").last ?? ""
        return " (see '\(last.split(separator: "'").dropFirst().first ?? "visage --help")')"
    }
}
