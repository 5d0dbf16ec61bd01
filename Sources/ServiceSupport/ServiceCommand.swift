import ArgumentParser
import Foundation
import VisageCore

/// How a service reports the error that ends it.
extension ParsableCommand {
    /// The line for standard error and the exit code. Nil if `error` is only a request for the help text or the version,
    /// which ArgumentParser also reports by throwing.
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

    /// Ends the program: with a line about the error, or by printing the help text or the version if that was requested.
    public static func end(with error: any Error) -> Never {
        guard let ending = ending(for: error) else { exit(withError: error) }
        StandardStream.error(ending.line)
        Foundation.exit(ending.code)
    }
}
