import Logging
import ServiceLifecycle
import UnixSignals
import VisageConfiguration
import VisageCore

/// SIGHUP, caught from the moment this is made, and the way to read the configuration when it comes.
public struct ReloadSignals: Sendable {
    fileprivate let signals: UnixSignalsSequence
    fileprivate let load: @Sendable () throws -> Configuration

    /// - Parameter load: reads the configuration again; throws `VisageError` if it cannot be used.
    public init(load: @escaping @Sendable () throws -> Configuration) async {
        signals = await UnixSignalsSequence(trapping: .sighup)
        self.load = load
    }
}

/// Applies a changed configuration and gallery on SIGHUP. What cannot be used is refused with the reason, and nothing
/// changes.
struct ReloadService: Service {
    let reload: ReloadSignals
    let manager: ServiceManager
    let daemon: VisageDaemon
    let logger: Logger

    func run() async {
        for await _ in reload.signals.cancelOnGracefulShutdown() {
            manager.reloading()
            do {
                try await daemon.apply(reload.load())
                logger.notice("Configuration and gallery were read again")
            } catch {
                logger.error("Not reloaded, all stays as it was: \(error)")
                manager.status("the last reload was refused: \(error)")
            }
            manager.ready()
        }
    }
}
