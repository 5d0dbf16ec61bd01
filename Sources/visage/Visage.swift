import ArgumentParser
import Foundation
import VisageCore

/// The command line.
@main
struct Visage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage", abstract: "Recognize faces, and follow what visaged sees.",
        subcommands: [
            Train.self, Adapt.self, Trial.self, Tracks.self, Evaluate.self, Verify.self, Recognize.self,
            CapturePhotos.self,
            Tail.self, Status.self, Label.self, Forget.self, Models.self, Bench.self, Compare.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as VisageError {
            Output.note("\(error)")
            Foundation.exit(error.exitCode)
        } catch {
            let code = exitCode(for: error)
            // Help is no error, and who throws a mere code has said what there was to say.
            guard code != .success, !(error is ExitCode) else { exit(withError: error) }
            Output.note(message(for: error) + (code == .validationFailure ? hint(for: error) : ""))
            Foundation.exit(code.rawValue)
        }
    }

    /// The library's usage text ends with the command that explains the command.
    private static func hint(for error: any Error) -> String {
        let last = fullMessage(for: error).split(separator: "\n").last ?? ""
        return " (see '\(last.split(separator: "'").dropFirst().first ?? "visage --help")')"
    }
}

/// Prints `value` as one JSON object.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Output.line(String(decoding: try encoder.encode(value), as: UTF8.self))
}
