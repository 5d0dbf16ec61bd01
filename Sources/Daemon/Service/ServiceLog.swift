import CSystemd
import Foundation
import Logging
import Synchronization
import VisageCore

/// Where log messages go: to the journal with priority and fields when systemd reads standard error, else to standard
/// error as lines that a person reads. A camera that says the same again and again is told of less and less often.
public struct ServiceLog: LogHandler {
    private static let level = Mutex(Logger.Level.info)
    private static let limiter = Mutex(LogLimiter())
    private static let isJournal = standardErrorIsJournal()

    private let label: String
    public var metadata: Logger.Metadata = [:]

    /// Of the whole process: a reload changes it for everybody.
    public var logLevel: Logger.Level {
        get { Self.level.withLock { $0 } }
        set { Self.level.withLock { $0 = newValue } }
    }

    public init(label: String) { self.label = label }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Makes it everybody's log.
    public static func bootstrap(level: String) {
        setLevel(level)
        LoggingSystem.bootstrap { ServiceLog(label: $0) }
    }

    static func setLevel(_ name: String) { level.withLock { $0 = Logger.Level(rawValue: name) ?? .info } }

    public func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { _, new in new } }
        var held = 0
        if let camera = fields["camera"] {
            let pass = Self.limiter.withLock { $0.pass("\(camera) \(event.level)", at: .now) }
            guard let pass else { return }
            held = pass
        }
        let note = held > 0 ? " (\(held) more like this were left out)" : ""
        let text = "\(event.message)\(note)"
        if Self.isJournal {
            Self.sendToJournal(text, event.level, fields, label)
        } else {
            Self.write(text, event.level, fields)
        }
    }

    private static func write(_ text: String, _ level: Logger.Level, _ fields: Logger.Metadata) {
        let list = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(Event.format(Date())) \(level)\(list): \(text)\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    private static func sendToJournal(
        _ text: String, _ level: Logger.Level, _ fields: Logger.Metadata, _ label: String
    ) {
        var lines = ["MESSAGE=\(text)", "PRIORITY=\(priority(level))", "SYSLOG_IDENTIFIER=\(label)"]
        // Field names are capitals, digits and underscores.
        lines += fields.map { key, value in
            "VISAGE_" + key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" } + "=\(value)"
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

    /// Of syslog(3).
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

    /// systemd names the device and inode of the journal's stream that it gave us, see systemd.exec(5).
    private static func standardErrorIsJournal() -> Bool {
        guard let stream = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}
