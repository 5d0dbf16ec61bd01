import ArgumentParser
import Daemon
import Foundation
import Logging
import VisageCore

@main struct Visaged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visaged", abstract: "Watch cameras and report who is there.",
        discussion: """
            Detects the faces in every frame of the configured cameras, tracks and recognizes them, and publishes events, \
            annotated frames and recordings until it is stopped with SIGTERM or SIGINT. SIGHUP reloads the \
            configuration and the gallery. Exits with 0 after a clean stop, 1 after a failure, 64 for wrong usage and \
            78 for a wrong configuration.
            """,
        version: VisageDaemon.version)

    @Option(help: ArgumentHelp("The configuration file, in YAML.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Check that the configuration, models, gallery, sources and folders can be used, then exit.")
    var check = false

    static func main() async {
        do {
            try await parse().run()
        } catch let error as VisageError {
            end(error.exitCode, "\(error)")
        } catch {
            let code = exitCode(for: error)
            // Asking for the help or the version is not an error.
            guard code != .success else { exit(withError: error) }
            let hint = code == .validationFailure ? " (see 'visaged --help')" : ""
            end(code.rawValue, message(for: error) + hint)
        }
    }

    private static func end(_ code: Int32, _ text: String) -> Never {
        FileHandle.standardError.write(Data("visaged: \(text)\n".utf8))
        Foundation.exit(code)
    }

    func run() async throws {
        VisageDaemon.prepareProcess()
        let signals = await StopSignals()
        let file = URL(filePath: config)
        let reload = await ReloadSignals { try ConfigurationFile.load(file) }
        let configuration = try ConfigurationFile.load(file)
        ServiceLog.bootstrap(level: configuration.log.level)
        let logger = Logger(label: "visaged")
        if check { return try Self.report(DaemonCheck.problems(configuration), config) }
        let loading = await LoadingStop()
        let daemon = try await Self.compose(configuration, logger: logger)
        loading.isOver()
        try await daemon.run(until: signals, reload: reload)
    }

    /// - Throws: the most severe of the problems, after the others have been printed.
    private static func report(_ problems: [VisageError], _ config: String) throws {
        let sorted = problems.sorted { $0.exitCode < $1.exitCode }
        guard let last = sorted.last else { return print("\(config): OK") }
        for problem in sorted.dropLast() {
            FileHandle.standardError.write(Data("visaged: \(problem)\n".utf8))
        }
        throw last
    }

    /// Loading networks blocks its thread for seconds, and Swift's cooperative threads must not be blocked.
    private static func compose(_ configuration: Configuration, logger: Logger) async throws -> VisageDaemon {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try VisageDaemon(configuration, logger: logger) })
            }
        }
    }
}
