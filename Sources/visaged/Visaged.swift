import ArgumentParser
import Capture
import Daemon
import Foundation
import Logging
import ServiceSupport
import VisageConfiguration
import VisageCore

@main struct Visaged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visaged",
        abstract: "Watch cameras, recognize faces, and publish events, annotated frames and recordings.",
        version: VisageDaemon.version)

    @Option(help: ArgumentHelp("Read the configuration from this YAML file.", valueName: "file"))
    var config = "/etc/visage/visaged.yaml"

    @Flag(help: "Check that configuration, models, gallery, sources and folders can be used, and exit.")
    var check = false

    @Flag(help: "Print the configuration with all defaults filled in and without passwords, and exit.")
    var printConfig = false

    func validate() throws {
        guard check, printConfig else { return }
        throw ValidationError("--check and --print-config cannot be used together; give one of them")
    }

    static func main() async {
        CaptureHelper.runIfAsked()
        // Before anything is written: a reader of standard error who has gone must not decide how this ends.
        StandardStream.ignoreBrokenPipes()
        do {
            try await parse().run()
        } catch {
            end(with: error)
        }
    }

    func run() async throws {
        VisageDaemon.prepareProcess()
        let signals = await StopSignals()
        let file = URL(filePath: config)
        let reload = await ReloadSignals { try ConfigurationFile.load(file) }
        let configuration = try ConfigurationFile.load(file)
        if printConfig {
            _ = try StandardStream.output(configuration.yaml())
            return
        }
        ServiceLog.bootstrap(level: configuration.log.level)
        let logger = Logger(label: "visaged")
        if check { return try Self.report(DaemonCheck.problems(configuration), config) }
        let loading = await LoadingStop()
        let daemon = try await DispatchQueue.global().runBlocking {
            try VisageDaemon(configuration, logger: logger)
        }
        loading.finish()
        try await daemon.run(until: signals, reload: reload)
    }

    /// Prints all problems but the one that decides the exit code, which is thrown.
    /// - Throws: a problem with the highest exit code.
    private static func report(_ problems: [VisageError], _ config: String) throws {
        let sorted = problems.sorted { $0.exitCode < $1.exitCode }
        guard let last = sorted.last else {
            _ = try StandardStream.output("\(TerminalText.escaped(config)): OK\n")
            return
        }
        for problem in sorted.dropLast() {
            StandardStream.error("visaged: \(TerminalText.escaped("\(problem)"))\n")
        }
        throw last
    }
}
