import Logging
import Synchronization

/// Keeps log messages for a test to look at.
public final class LogCatcher: Sendable {
    private let kept = Mutex<[(level: Logger.Level, text: String)]>([])

    public init() {}

    /// A logger whose messages are kept.
    public var logger: Logger { Logger(label: "test") { _ in Handler(catcher: self) } }

    public func messages(_ level: Logger.Level) -> [String] {
        kept.withLock { $0.filter { $0.level == level }.map(\.text) }
    }

    private struct Handler: LogHandler {
        let catcher: LogCatcher
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = event.metadata.map { " \($0)" } ?? ""
            catcher.kept.withLock { $0.append((event.level, "\(event.message)\(more)")) }
        }
    }
}
