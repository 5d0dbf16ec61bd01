import Administration
import ArgumentParser
import Foundation
import Logging
import ServiceSupport
import VisageConfiguration
import VisageCore
import Web
import WebUsers

@main struct VisageWeb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage-web",
        abstract: "Serve the page in the browser: cameras as they are now, who came when, recordings, and the API.",
        discussion: """
            Reads the sockets, the recordings and the configuration of visaged, and runs as its user. Without users, it \
            listens on this machine only; visage web-password adds users.
            """,
        version: Release.version)

    @Option(help: ArgumentHelp("Read the configuration from this YAML file.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Check that the configuration and the file of passwords can be used, and exit.")
    var check = false

    @Flag(help: ArgumentHelp("Hash the password on standard input, for visage web-password.", visibility: .hidden))
    var hashPassword = false

    static func main() async {
        StandardStream.ignoreBrokenPipes()
        do {
            try await parse().run()
        } catch {
            end(with: error)
        }
    }

    func run() async throws {
        if hashPassword {
            _ = try StandardStream.output("\(PasswordHash(hashing: readLine() ?? ""))\n")
            return
        }
        let configuration = try ConfigurationFile.load(URL(filePath: config))
        let settings = WebSettings(configuration)
        if check {
            try WebServer.check(settings)
            _ = try StandardStream.output("\(TerminalText.escaped(config)): OK\n")
            return
        }
        ServiceLog.bootstrap(level: configuration.log.level)
        let logger = Logger(label: "visage-web")
        let manager = ServiceManager()
        let people = PeopleAdministration(
            configuration, path: URL(filePath: config).absoluteURL.path, program: VisageCommand.beside, logger: logger)
        let server = try WebServer(settings, people: people, logger: logger) { port in
            logger.notice("Serving on http://\(settings.authority(port: port))/")
            manager.ready()
            manager.status("Serving on http://\(settings.authority(port: port))/")
        }
        try await server.run { manager.stopping() }
    }
}
