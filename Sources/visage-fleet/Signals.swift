import Dispatch
import Foundation

/// SIGTERM and SIGINT, and SIGHUP, from the moment this is made.
struct Signals {
    /// After a stop was asked for: connecting to a broker's machine that does not answer cannot be interrupted.
    private static let stopTimeout = DispatchTimeInterval.seconds(5)
    private let sources: [any DispatchSourceSignal]

    init(stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "visage.fleet.signals")
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                guard number != SIGHUP else { return reload() }
                stop()
                // Nothing is lost: the stream says where it ends.
                queue.asyncAfter(deadline: .now() + Self.stopTimeout) { _exit(0) }
            }
            source.resume()
            return source
        }
    }
}
