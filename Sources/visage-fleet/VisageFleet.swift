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
            _exit(0)
        } catch {
            // Without the handlers of `exit`: those of OpenSSL would take away what threads of libnats still use.
            guard let ending = ending(for: error) else { exit(withError: error) }
            StandardStream.error(ending.line)
            _exit(ending.code)
        }
    }
}
