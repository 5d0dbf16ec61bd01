import ArgumentParser
import Foundation
import VisageCore

/// How a service's program ends because of an error.
extension ParsableCommand {
    /// What the user is told: one line for standard error, and the exit code. Nil if it is no error that has been caught:
    /// whoever asks for help or the version gets it thrown.
    public static func ending(for error: any Error) -> (line: String, code: Int32)? {
        let name = configuration.commandName ?? "visage"
        if let error = error as? VisageError {
            return ("\(name): \(TerminalText.escaped("\(error)"))\n", error.exitCode)
        }
        let code = exitCode(for: error)
        guard code != .success else { return nil }
        let hint = code == .validationFailure ? " (see '\(name) --help')" : ""
        // The library's message may have several lines.
        let message = message(for: error).replacing("\n", with: " ") + hint
        return ("\(name): \(TerminalText.escaped(message))\n", code.rawValue)
    }

    /// Ends the program with a line about the error, or with the help or the version that were asked for.
    public static func end(with error: any Error) -> Never {
        guard let ending = ending(for: error) else { exit(withError: error) }
        StandardStream.error(ending.line)
        Foundation.exit(ending.code)
    }
}
