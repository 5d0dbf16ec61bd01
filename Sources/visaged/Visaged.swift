import ArgumentParser
import Daemon
import Foundation
import Logging
import VisageCore

@main struct Visaged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visaged", abstract: "Watches cameras and says who is there.",
        version: VisageDaemon.version)

    @Option(help: "The configuration, YAML.")
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Say whether configuration, models, gallery, sources and folders can be used, and end.")
    var check = false

    static func main() async {
        do {
            try await parse().run()
        } catch let error as VisageError {
            end(error.exitCode, "\(error)")
        } catch {
            let code = exitCode(for: error)
            // Help and version are no errors.
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

    /// - Throws: the gravest of the problems; the others are printed before.
    private static func report(_ problems: [VisageError], _ config: String) throws {
        let sorted = problems.sorted { $0.exitCode < $1.exitCode }
        guard let last = sorted.last else { return print("\(config): all is well") }
        for problem in sorted.dropLast() {
            FileHandle.standardError.write(Data("visaged: \(problem)\n".utf8))
        }
        throw last
    }

    /// Loading networks blocks, so it is not done on Swift's cooperative threads.
    private static func compose(_ configuration: Configuration, logger: Logger) async throws -> VisageDaemon {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try VisageDaemon(configuration, logger: logger) })
            }
        }
    }
}
