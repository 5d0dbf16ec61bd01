import ArgumentParser
import Fleet
import Foundation
import Logging
import ServiceSupport
import VisageConfiguration
import VisageCore

@main struct VisageFleet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage-fleet",
        abstract: "Connect this machine with others: events, people and unknown people of all of them.",
        version: Release.version, subcommands: [Run.self, Enroll.self, Streams.self], defaultSubcommand: Run.self)

    static func main() {
        StandardStream.ignoreBrokenPipes()
        do {
            var command = try parseAsRoot()
            try command.run()
            end(0, nil)
        } catch let error as VisageError {
            end(error.exitCode, "\(error)")
        } catch {
            let code = exitCode(for: error)
            // Help and version come here too, and are not errors.
            guard code != .success else { exit(withError: error) }
            let hint = code == .validationFailure ? " (see 'visage-fleet --help')" : ""
            // The library's message may have several lines.
            end(code.rawValue, message(for: error).replacing("\n", with: " ") + hint)
        }
    }

    /// Without the handlers of `exit`: those of OpenSSL would take away what threads of libnats still use.
    private static func end(_ code: Int32, _ text: String?) -> Never {
        if let text { StandardStream.error("visage-fleet: \(TerminalText.escaped(text))\n") }
        _exit(code)
    }
}
