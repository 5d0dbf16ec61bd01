import ArgumentParser
import Fleet
import Foundation
import Logging
import ServiceSupport
import VisageConfiguration
import VisageCore

/// The service.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Take part in the fleet until stopped. This is the default.")

    @Option(help: ArgumentHelp("Read the configuration of visaged from this YAML file.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Check that the configuration can be used, and exit. No broker is asked.")
    var check = false

    func run() throws {
        let configuration = try ConfigurationFile.load(URL(filePath: config))
        let settings = try Self.settings(configuration, config)
        if check {
            try settings.check()
            _ = try StandardStream.output("\(TerminalText.escaped(config)): OK\n")
            return
        }
        ServiceLog.bootstrap(level: configuration.log.level)
        let manager = ServiceManager()
        let node = Node(logger: Logger(label: "visage-fleet")) { manager.status($0) }
        let signals = Signals(stop: node.stop)
        try withExtendedLifetime(signals) {
            manager.ready()
            try node.run(settings)
            manager.stopping()
        }
    }

    static func settings(_ configuration: Configuration, _ path: String) throws -> FleetSettings {
        do {
            return try FleetSettings(configuration)
        } catch let error as VisageError {
            throw VisageError(error.code, "\(path): \(error.message)", cause: error.cause)
        }
    }
}
