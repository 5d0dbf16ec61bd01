import Logging
import ServiceLifecycle
import UnixSignals
import VisageCore

/// SIGHUP, caught from the moment this is made, and where the configuration is to be read from then.
public struct ReloadSignals: Sendable {
    fileprivate let signals: UnixSignalsSequence
    fileprivate let load: @Sendable () throws -> Configuration

    /// - Parameter load: reads the configuration anew; throws `VisageError` with the reason if it is wrong.
    public init(load: @escaping @Sendable () throws -> Configuration) async {
        signals = await UnixSignalsSequence(trapping: .sighup)
        self.load = load
    }
}

/// Takes over a changed configuration and gallery on SIGHUP. What cannot be used is refused with the reason, and all
/// stays as it was.
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
