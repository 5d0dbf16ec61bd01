import ArgumentParser
import Fleet
import Foundation
import Logging
import ServiceSupport
import Synchronization
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
        let file = URL(filePath: config)
        let configuration = try ConfigurationFile.load(file)
        let settings = try Self.settings(configuration, config)
        if check {
            try settings.check()
            _ = try StandardStream.output("\(TerminalText.escaped(config)): OK\n")
            return
        }
        ServiceLog.bootstrap(level: configuration.log.level)
        let logger = Logger(label: "visage-fleet")
        let manager = ServiceManager()
        let node = Node(logger: logger) { manager.status($0) }
        let next = Mutex(Next.end)
        let signals = ServiceSignals {
            next.withLock { $0 = .end }
            node.stop()
        } reload: {
            do {
                try Self.settings(ConfigurationFile.load(file), file.path).check()
                logger.notice("The configuration was read again")
                next.withLock { $0 = .startAgain }
                node.stop()
            } catch {
                logger.error("Not reloaded, all stays as it was: \(error)")
            }
        }
        try withExtendedLifetime(signals) {
            manager.ready()
            try node.run(settings)
            if next.withLock({ $0 }) == .startAgain { throw Self.startAgain() }
            manager.stopping()
        }
    }

    private enum Next { case end, startAgain }

    /// Puts the program in the place of itself, as the same process: nothing is kept in memory that the brokers and the disk
    /// do not have, and threads that wait for a broker end with it.
    /// - Returns: why that cannot be done.
    private static func startAgain() -> VisageError {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var words = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &words)
        return VisageError(.engine, "visage-fleet cannot start itself again", cause: String(cString: strerror(errno)))
    }

    static func settings(_ configuration: Configuration, _ path: String) throws -> FleetSettings {
        do {
            return try FleetSettings(configuration)
        } catch let error as VisageError {
            throw VisageError(error.code, "\(path): \(error.message)", cause: error.cause)
        }
    }
}
