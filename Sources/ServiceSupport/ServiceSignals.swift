import Dispatch
import Foundation

/// Handles SIGTERM and SIGINT, which stop a service, and SIGHUP, which makes it reload its configuration, for as long as
/// this value lives. For programs whose connection to a broker uses a blocking library.
public struct ServiceSignals {
    /// How long stopping may take: connecting to a broker's machine that does not answer cannot be interrupted.
    private static let stopTimeout = DispatchTimeInterval.seconds(4)
    private let sources: [any DispatchSourceSignal]

    /// Both closures are called on one serial queue. A process that is still running `stopTimeout` after `stop` is ended
    /// with exit code 0, so whatever must not be lost has to be on disk by then.
    public init(stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "visage.signals")
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                guard number != SIGHUP else { return reload() }
                stop()
                queue.asyncAfter(deadline: .now() + Self.stopTimeout) { _exit(0) }
            }
            source.resume()
            return source
        }
    }
}
