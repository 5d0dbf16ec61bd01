import ArgumentParser
import Fleet
import Foundation
import ServiceSupport
import VisageCore

/// Makes a fleet, and adds to it.
struct Enroll: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Write keys, certificates and the configuration of the brokers and machines of a fleet into a folder.",
        discussion: "A second run with other machines adds them. The folder has the keys of all: keep it safe.")

    @Argument(help: "The folder of the fleet, which is made.")
    var folder: String

    @Option(help: ArgumentHelp("A broker, as machines reach it; 1, 3 or 5 of them.", valueName: "host[:port]"))
    var server: [String] = []

    @Option(help: ArgumentHelp("A machine to add: a to z, digits and -.", valueName: "name"))
    var machine: [String] = []

    @Option(help: ArgumentHelp("A machine that may read the events of all.", valueName: "name"))
    var viewer: [String] = []

    @Option(help: ArgumentHelp("A machine whose galleries, names and removals all others follow.", valueName: "name"))
    var editor: [String] = []

    @Option(help: ArgumentHelp("Days for which the brokers keep events, 1 to 36500.", valueName: "days"))
    var keepDays: Int?

    @Option(help: ArgumentHelp("Where a broker's files will be on its machine.", valueName: "folder"))
    var serverFiles = "/etc/nats-server"

    @Option(help: ArgumentHelp("Where a broker's data will be on its machine.", valueName: "folder"))
    var serverData = "/var/lib/nats"

    @Flag(help: "The brokers run from this folder, for a trial on one machine.")
    var inPlace = false

    func validate() throws {
        if let keepDays, !(1...36_500).contains(keepDays) {
            throw ValidationError("--keep-days should be between 1 and 36500")
        }
    }

    func run() throws {
        var enrollment = try Enrollment(URL(filePath: folder, directoryHint: .isDirectory))
        var additions = Enrollment.Additions()
        (additions.servers, additions.machines) = (server, machine)
        (additions.viewers, additions.editors, additions.keepDays) = (viewer, editor, keepDays)
        (additions.serverFiles, additions.serverData) = inPlace ? ("", "") : (serverFiles, serverData)
        let lines = try enrollment.add(additions)
        let next = "then, with the brokers running: visage-fleet streams \(folder)"
        _ = try StandardStream.output((lines + [next]).map { TerminalText.escaped($0) + "\n" }.joined())
    }
}

/// Makes the streams of a fleet.
struct Streams: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the streams of a fleet on its running brokers, and tell them its machines.")

    @Argument(help: "The folder of the fleet.")
    var folder: String

    func run() throws {
        let count = try Enrollment(URL(filePath: folder, directoryHint: .isDirectory)).makeStreams()
        _ = try StandardStream.output("\(count) streams\n")
    }
}
