import Events
import Foundation
import Logging
import Synchronization
import VisageCore

/// The backend of swift-log for the page's service: lines on standard error, with the priority in front where systemd
/// reads them, with the time where people do.
public struct WebLog: LogHandler {
    private static let level = Mutex(Logger.Level.info)
    private static let isJournal = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] != nil

    public var metadata: Logger.Metadata = [:]

    public var logLevel: Logger.Level {
        get { Self.level.withLock { $0 } }
        set { Self.level.withLock { $0 = newValue } }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Makes this the backend of all loggers. Called once.
    public static func bootstrap(level: Logger.Level) {
        self.level.withLock { $0 = level }
        LoggingSystem.bootstrap { _ in WebLog() }
    }

    public func log(event: LogEvent) {
        let text = TerminalText.escaped("\(event.message)")
        let line =
            Self.isJournal
            ? "<\(Self.priority(event.level))>\(text)\n" : "\(Event.format(Date())) \(event.level): \(text)\n"
        // One call, so that lines stay whole. What nobody reads is lost.
        var bytes = Array(line.utf8)
        _ = write(STDERR_FILENO, &bytes, bytes.count)
    }

    /// As in syslog(3).
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
