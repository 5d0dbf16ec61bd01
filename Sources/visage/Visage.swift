import ArgumentParser
import Daemon
import Foundation
import VisageCore

@main struct Visage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage",
        abstract: "Trains, evaluates and inspects what visaged recognises faces with.",
        subcommands: [Train.self, Evaluate.self, Verify.self]
    )
}

/// Runs a command's body; a failure becomes one line on standard error and its exit code.
func reporting(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as VisageError {
        FileHandle.standardError.write(Data("visage: \(error)\n".utf8))
        throw ExitCode(error.exitCode)
    }
}

/// Prints `value` as one JSON object.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
