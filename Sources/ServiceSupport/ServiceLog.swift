import CSystemd
import Events
import Foundation
import Logging
import Synchronization
import VisageCore

/// The backend of swift-log. Messages go to the journal, with priority and fields, when systemd reads standard error, and
/// as readable lines to standard error otherwise. `LogLimiter` limits how often a camera is mentioned.
public struct ServiceLog: LogHandler {
    private static let level = Mutex(Logger.Level.info)
    private static let limiter = Mutex(LogLimiter())
    private static let isJournal = standardErrorIsJournal()

    private let label: String
    public var metadata: Logger.Metadata = [:]

    /// One level for all loggers of the process; a reload changes it.
    public var logLevel: Logger.Level {
        get { Self.level.withLock { $0 } }
        set { Self.level.withLock { $0 = newValue } }
    }

    public init(label: String) { self.label = label }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Makes this the backend of all loggers. Called once.
    public static func bootstrap(level: Logger.Level) {
        setLevel(level)
        LoggingSystem.bootstrap { ServiceLog(label: $0) }
    }

    package static func setLevel(_ level: Logger.Level) { self.level.withLock { $0 = level } }

    public func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { _, new in new } }
        var omitted = 0
        if let camera = fields["camera"] {
            let before = Self.limiter.withLock { $0.admit("\(camera) \(event.level)", at: .now) }
            guard let before else { return }
            omitted = before
        }
        let note = omitted > 0 ? " (\(omitted) more messages of this camera were left out)" : ""
        let text = TerminalText.escaped("\(event.message)\(note)")
        if Self.isJournal {
            Self.sendToJournal(text, event.level, fields, label)
        } else {
            Self.write(text, event.level, fields)
        }
    }

    private static func write(_ text: String, _ level: Logger.Level, _ fields: Logger.Metadata) {
        let list = fields.sorted { $0.key < $1.key }.map { TerminalText.escaped(" \($0.key)=\($0.value)") }.joined()
        let line = "\(Event.format(Date())) \(level)\(list): \(text)\n"
        StandardStream.error(line)
    }

    private static func sendToJournal(
        _ text: String, _ level: Logger.Level, _ fields: Logger.Metadata, _ label: String
    ) {
        var lines = ["MESSAGE=\(text)", "PRIORITY=\(priority(level))", "SYSLOG_IDENTIFIER=\(label)"]
        // The journal accepts capitals, digits and underscores in names of fields.
        lines += fields.map { key, value in
            "VISAGE_" + key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" } + "="
                + TerminalText.escaped("\(value)")
        }
        let buffers = lines.map { Array($0.utf8) }
        let pointers = buffers.map { bytes -> iovec in
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            copy.copyMemory(from: bytes, byteCount: bytes.count)
            return iovec(iov_base: copy, iov_len: bytes.count)
        }
        defer { for pointer in pointers { pointer.iov_base?.deallocate() } }
        _ = sd_journal_sendv(pointers, Int32(pointers.count))
    }

    /// The priority, as in syslog(3).
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

    /// Whether standard error is the stream to the journal, whose device and inode systemd names in the environment; see
    /// systemd.exec(5).
    private static func standardErrorIsJournal() -> Bool {
        guard let stream = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}
