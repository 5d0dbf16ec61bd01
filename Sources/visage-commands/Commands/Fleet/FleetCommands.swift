import ArgumentParser

struct FleetCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "Share the gallery with the other machines of the fleet.",
        subcommands: [FleetPublish.self, FleetCheckGallery.self])
}
