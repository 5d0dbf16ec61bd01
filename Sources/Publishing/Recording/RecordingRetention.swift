import Foundation
import VisageCore

/// How long recordings are kept: until there are too many bytes of them, or they are too old.
public struct RecordingRetention: Sendable, Hashable {
    /// All recordings of a folder together; nil for no limit.
    public var maxBytes: Int64?
    /// Since a recording's end; nil for no limit.
    public var maxAge: Duration?

    public init(maxBytes: Int64? = 20 << 30, maxAge: Duration? = .seconds(30 * 86_400)) {
        self.maxBytes = maxBytes
        self.maxAge = maxAge
    }

    /// Removes recordings that exceed the limits, oldest first, and no other files.
    /// - Parameter current: the file being written, which counts but stays
    /// - Returns: the names of the files removed.
    @discardableResult
    public func apply(to folder: URL, keeping current: String?, now: Date) -> [String] {
        var recordings = RecordingRetention.recordings(in: folder)
        var total = recordings.reduce(0) { $0 + $1.bytes }
        recordings.removeAll { $0.name == current }
        var removed: [String] = []
        for recording in recordings.sorted(by: { $0.name < $1.name }) {
            let isOld = maxAge.map { now.timeIntervalSince(recording.end) > $0.inSeconds } ?? false
            let isTooMuch = maxBytes.map { total > $0 } ?? false
            guard isOld || isTooMuch, unlink(folder.appending(path: recording.name).path) == 0 else {
                continue
            }
            total -= recording.bytes
            removed.append(recording.name)
        }
        return removed
    }

    private struct Recording {
        let name: String
        let bytes: Int64
        let end: Date
    }

    private static func recordings(in folder: URL) -> [Recording] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter(RecordingName.matches).compactMap { name in
            var status = stat()
            guard lstat(folder.appending(path: name).path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
            else {
                return nil
            }
            return Recording(
                name: name, bytes: Int64(status.st_size),
                end: Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)))
        }
    }
}
