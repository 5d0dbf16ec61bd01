import ArgumentParser
import Foundation
import Logging
import VisageCore
import Web

@main struct VisageWeb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage-web", abstract: "Serve the page in the browser: cameras, visits, people.")

    @Option(help: ArgumentHelp("Read the configuration from this YAML file.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Check the configuration and the password file, and exit.")
    var check = false

    func run() async throws {
        var settings = WebSettings()
        let environment = ProcessInfo.processInfo.environment
        settings.visits = environment["V_STATE"].map { $0 + "/web/visits.db" } ?? settings.visits
        settings.eventSocket = environment["V_SOCK"] ?? settings.eventSocket
        settings.frames = environment["V_FRAMES"] ?? settings.frames
        settings.recordings = environment["V_REC"] ?? settings.recordings
        settings.passwords = environment["V_PASS"] ?? ""
        try await WebServer(settings, logger: Logger(label: "visage-web")).run()
    }
}
