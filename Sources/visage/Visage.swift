import ArgumentParser
import ClientCommands
import Foundation
import ServiceSupport
import VisageCore

/// The command line. Commands that only talk to a running service run in this program, which loads none of the libraries
/// for networks and pixels and therefore starts several times faster. For all others, and for help on all of them, it
/// becomes `visage-commands`.
@main
struct Visage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage", abstract: CommandLineProgram.abstract, discussion: CommandLineProgram.discussion,
        subcommands: [Status.self, Tail.self])

    static func main() {
        let own = configuration.subcommands.map { $0.configuration.commandName }
        guard let command = CommandLine.arguments.dropFirst().first, own.contains(command) else { becomeAllCommands() }
        CommandLineProgram.run(Self.self)
    }

    /// Replaces this program with the one that has all commands.
    private static func becomeAllCommands() -> Never {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "visage-commands").path
        execv(program, CommandLine.unsafeArgv)
        let error = VisageError(
            .notFound, "\(program) cannot be started; install Visage again", cause: String(cString: strerror(errno)))
        Output.note("\(error)")
        Foundation.exit(error.exitCode)
    }
}
