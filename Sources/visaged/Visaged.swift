import ArgumentParser
import Daemon
import Foundation
import Logging
import VisageCore

@main struct Visaged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visaged", abstract: "Watches cameras and says who is there.", version: VisageDaemon.version)

    @Option(help: "The configuration, YAML.")
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Say whether configuration, models, gallery, sources and folders can be used, and end.")
    var check = false

    func run() async throws {
        do {
            VisageDaemon.prepareProcess()
            let configuration = try ConfigurationFile.load(URL(filePath: config))
            LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
            var logger = Logger(label: "visaged")
            logger.logLevel = Logger.Level(rawValue: configuration.log.level) ?? .info
            let daemon = try await Self.compose(configuration, logger: logger)
            guard !check else {
                print("\(config): all is well")
                return
            }
            try await daemon.run()
        } catch let error as VisageError {
            FileHandle.standardError.write(Data("visaged: \(error)\n".utf8))
            throw ExitCode(error.exitCode)
        }
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
