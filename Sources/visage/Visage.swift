import ArgumentParser
import Capture
import Daemon
import Evaluation
import Foundation
import ServiceSupport
import VisageCore

/// The command line.
@main
struct Visage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage", abstract: "Train and evaluate face galleries, and work with a running visaged.",
        discussion: """
            Exits with 0 on success, 1 after a failure, 64 for wrong usage and 78 for a wrong configuration.
            """,
        subcommands: [
            Train.self, Adapt.self, Trial.self, Tracks.self, Evaluate.self, Verify.self, Recognize.self,
            CapturePhotos.self,
            Export.self, Still.self, Try.self, Tail.self, Status.self, Label.self, Forget.self, People.self,
            FleetCommands.self, Models.self, Bench.self, Compare.self, WebPassword.self,
        ])

    static func main() {
        CaptureHelper.runIfAsked()
        PictureHelper.runIfAsked()
        FeedServer.runIfAsked()
        StandardStream.ignoreBrokenPipes()
        do {
            var command = try parseAsRoot()
            try command.run()
            try StandardStream.flushPrinted()
        } catch let error as VisageError {
            Output.note("\(error)")
            Foundation.exit(error.exitCode)
        } catch {
            let code = exitCode(for: error)
            // Asking for help is not an error, and a command that throws only an exit code has already printed its message.
            guard code != .success, !(error is ExitCode) else { exit(withError: error) }
            // The library's message may have several lines.
            let text = message(for: error).replacing("\n", with: " ")
            Output.note(text + (code == .validationFailure ? hint(for: error) : ""))
            Foundation.exit(code.rawValue)
        }
    }

    /// The last line of the library's usage text names the command that prints the help; the hint repeats it.
    private static func hint(for error: any Error) -> String {
        let last = fullMessage(for: error).split(separator: "\n").last ?? ""
        return " (see '\(last.split(separator: "'").dropFirst().first ?? "visage --help")')"
    }
}
