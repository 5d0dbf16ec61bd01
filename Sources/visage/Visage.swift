import ArgumentParser
import Foundation
import VisageCore

/// The command line.
@main
struct Visage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage", abstract: "Recognize faces, and follow what visaged sees.",
        subcommands: [Tail.self, Status.self])

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
