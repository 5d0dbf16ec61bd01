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

    /// How many of those that are too old may go.
    var quota: AgeQuota { AgeQuota(limit: maxAge ?? .seconds(86_400)) }

    /// Removes recordings that exceed the limits, oldest first, and no other files.
    /// - Parameters:
    ///   - current: the file being written, which counts but stays
    ///   - now: nil where the clock is not trusted: then only bytes count, and the order of the names
    ///   - quota: how many may go because of their age; nil for all
    /// - Returns: the names of the files removed.
    @discardableResult
    package func apply(
        to folder: URL, keeping current: String?, now: Date?, quota: inout AgeQuota?
    ) -> [String] {
        let all = RecordingFile.all(in: folder)
        var total = all.reduce(0) { $0 + $1.bytes }
        let closed = all.filter { $0.name != current }
        var removed: Set<String> = []
        func remove(_ recording: RecordingFile) {
            guard RecordingFile.remove(folder.appending(path: recording.name).path) else { return }
            total -= recording.bytes
            removed.insert(recording.name)
        }
        if let maxAge, let now {
            for recording in closed { recording.correct(in: folder, at: now) }
            let old = closed.filter { now.timeIntervalSince($0.end) > maxAge.inSeconds }
                .sorted { ($0.end, $0.name) < ($1.end, $1.name) }
            let allowed = quota?.take(due: old.count, of: all.count, at: .now) ?? old.count
            for recording in old.prefix(allowed) { remove(recording) }
        }
        if let maxBytes {
            for recording in closed.sorted(by: { $0.name < $1.name }) where !removed.contains(recording.name) {
                guard total > maxBytes else { break }
                remove(recording)
            }
        }
        RecordingFile.removeLonelySubtitles(in: folder, keeping: current)
        return removed.sorted()
    }
}

/// A recording in its folder.
package struct RecordingFile: Sendable {
    package let name: String
    package let bytes: Int64
    /// When it was written last.
    package let end: Date

    /// Those of one camera, in any order; files with other names are none.
    package static func all(in folder: URL) -> [RecordingFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter(RecordingName.matches).compactMap { name in
            var status = stat()
            guard lstat(folder.appending(path: name).path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
            else { return nil }
            let blocks =
                status.st_blocks + subtitleBlocks(folder.appending(path: RecordingName.subtitles(of: name)).path)
            return RecordingFile(
                name: name, bytes: Int64(blocks) * 512,
                end: Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)))
        }
    }

    private static func subtitleBlocks(_ path: String) -> Int {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_blocks : 0
    }

    /// Removes a recording and its subtitles.
    /// - Returns: whether it is gone; if not, `errno` says why.
    package static func remove(_ path: String) -> Bool {
        // They go first: what is left if this is interrupted is found and removed again.
        unlink(RecordingName.subtitles(of: path))
        return unlink(path) == 0
    }

    /// Removes subtitles of recordings that somebody else has removed: there are names in them.
    fileprivate static func removeLonelySubtitles(in folder: URL, keeping current: String?) {
        let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        let recordings = Set(names.filter(RecordingName.matches).map(RecordingName.subtitles))
        for name in names where RecordingName.matchesSubtitles(name) && !recordings.contains(name) {
            if let current, name == RecordingName.subtitles(of: current) { continue }
            unlink(folder.appending(path: name).path)
        }
    }

    /// A clock that was wrong may have put the end into the future, where it would not grow old: it ends now at the
    /// latest.
    fileprivate func correct(in folder: URL, at now: Date) {
        guard end > now.addingTimeInterval(86_400) else { return }
        let time = timespec(tv_sec: Int(now.timeIntervalSince1970), tv_nsec: 0)
        _ = utimensat(AT_FDCWD, folder.appending(path: name).path, [time, time], AT_SYMLINK_NOFOLLOW)
    }
}
