import Dispatch
import Foundation

/// SIGTERM and SIGINT, which stop a service, and SIGHUP, at which it reads its configuration again, from the moment this
/// is made. For programs that talk to a broker by a library that blocks.
public struct ServiceSignals {
    /// How long stopping may take: connecting to a broker's machine that does not answer cannot be interrupted.
    private static let stopTimeout = DispatchTimeInterval.seconds(4)
    private let sources: [any DispatchSourceSignal]

    /// Both are called on a queue of their own, one after the other. A service that has not ended `stopTimeout` after
    /// `stop` is ended: it has to keep what must not be lost on disk.
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
