import ArgumentParser
import Broker
import Foundation
import Logging
import ServiceSupport
import VisageConfiguration
import VisageCore

@main struct VisageMQTT: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage-mqtt",
        abstract: "Publish the events of visaged to an MQTT broker, and tell Home Assistant about its cameras.",
        version: Release.version)

    @Option(help: ArgumentHelp("Read the configuration of visaged from this YAML file.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Check that the configuration can be used, and exit. The broker is not asked.")
    var check = false

    @Flag(help: "Remove everything from the broker that it retains for this program, and exit.")
    var clear = false

    func validate() throws {
        guard check, clear else { return }
        throw ValidationError("--check and --clear cannot be used together; give one of them")
    }

    static func main() {
        StandardStream.ignoreBrokenPipes()
        do {
            try parse().run()
        } catch {
            end(with: error)
        }
    }

    func run() throws {
        let file = URL(filePath: config)
        let configuration = try ConfigurationFile.load(file)
        let settings = try Self.settings(configuration, config)
        if check {
            try settings.check()
            _ = try StandardStream.output("\(TerminalText.escaped(config)): OK\n")
            return
        }
        ServiceLog.bootstrap(level: configuration.log.level)
        let logger = Logger(label: "visage-mqtt")
        let manager = ServiceManager()
        let bridge = Bridge(logger: logger) { manager.status($0) }
        if clear { return try bridge.clear(settings) }
        let signals = ServiceSignals(stop: bridge.stop) {
            manager.reloading()
            do {
                let new = try ConfigurationFile.load(file)
                bridge.replace(try Self.settings(new, file.path))
                ServiceLog.setLevel(new.log.level)
                logger.notice("The configuration was read again")
            } catch {
                logger.error("Not reloaded, all stays as it was: \(error)")
            }
            manager.ready()
        }
        try withExtendedLifetime(signals) {
            manager.ready()
            try bridge.run(settings)
            manager.stopping()
        }
    }

    private static func settings(_ configuration: Configuration, _ path: String) throws -> BrokerSettings {
        do {
            return try BrokerSettings(configuration)
        } catch let error as VisageError {
            throw VisageError(error.code, "\(path): \(error.message)", cause: error.cause)
        }
    }
}
