import ArgumentParser
import ClientCommands
import FleetStorage
import Foundation
import VisageConfiguration
import VisageCore

struct FleetPublish: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Make this machine's gallery that of all machines.",
        discussion: """
            visage-fleet publishes it and has to run. The machine has to be an editor of the fleet. With publish_gallery: true \
            each new gallery is published without this command.
            """)

    @Option(help: ArgumentHelp("Read the configuration of visaged from this YAML file.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Option(help: "Wait for visage-fleet and the brokers at most so many seconds, 1 to 3600.")
    var timeout = 30

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout should be 1 to 3600") }
    }

    func run() throws {
        let configuration = try ConfigurationFile.load(URL(filePath: config))
        guard configuration.fleet.isUsed, configuration.fleet.share.contains(.galleries) else {
            throw VisageError(
                .configuration, "\(config) shares no galleries: set `fleet.servers`, and `galleries` in `fleet.share`")
        }
        try ServiceFiles.checkUser(configuration.state)
        let request = PublishRequest(state: configuration.fleet.state)
        try request.ask()
        let deadline = MonotonicTime.now + .seconds(timeout)
        while MonotonicTime.now < deadline {
            if let answer = request.answer {
                if let problem = answer.problem { throw VisageError(.gallery, problem) }
                return Output.line(
                    "published \(configuration.gallery) as number \(answer.version ?? 0); machines that are there have it "
                        + "within seconds")
            }
            usleep(50_000)
        }
        request.cancel()
        throw VisageError(
            .source,
            "visage-fleet has not published the gallery within \(timeout) seconds: see `systemctl status visage-fleet`")
    }
}
