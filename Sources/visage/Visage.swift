import ArgumentParser
import Foundation
import VisageCore

/// The command line.
@main
struct Visage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage", abstract: "Recognize faces, and follow what visaged sees.",
        subcommands: [
            Train.self, Evaluate.self, Verify.self, Recognize.self, Tail.self, Status.self, Models.self,
            Bench.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as VisageError {
            FileHandle.standardError.write(Data("visage: \(error)\n".utf8))
            Foundation.exit(error.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}

/// Prints `value` as one JSON object.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
