import Daemon
import Foundation
import Publishing
import VisageCore

/// What event log and recordings hold of somebody.
struct Traces {
    private let identities: [Identity]
    private let history: EventHistory?
    private let events: [Event]
    private let appearances: [EventHistory.Appearance]
    private let recordings: String

    /// - Throws: `VisageError` if the log cannot be read.
    init(of identities: [Identity], in history: EventHistory?, _ configuration: Configuration) throws {
        self.identities = identities
        self.history = history
        events = try identities.flatMap { try history?.events(of: $0) ?? [] }
        appearances = EventHistory.appearances(in: events)
        recordings = configuration.recording.folder
    }

    var isEmpty: Bool { events.isEmpty }

    /// - Returns: how many.
    /// - Throws: `VisageError`.
    func eraseEvents() throws -> Int {
        let results = try identities.compactMap { try history?.erase($0) }
        if !results.allSatisfy(\.isClean) {
            Output.note("the event log is busy: what was overwritten lies in its -wal file until that is written anew")
        }
        return results.reduce(0) { $0 + $1.count }
    }

    /// The recordings that are there, with the times of first and last appearance.
    private var files: [(path: String, first: String, last: String)] {
        var found: [String: (first: String, last: String)] = [:]
        for appearance in appearances {
            let folder = "\(recordings)/\(appearance.camera)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for path in names.filter(appearance.files.contains).map({ "\(folder)/\($0)" }) {
                let times = found[path] ?? (appearance.times.lowerBound, appearance.times.upperBound)
                found[path] = (
                    min(times.first, appearance.times.lowerBound), max(times.last, appearance.times.upperBound)
                )
            }
        }
        return found.map { ($0.key, $0.value.first, $0.value.last) }.sorted { $0.0 < $1.0 }
    }

    /// One that is being written stays: it is complete at the next segment.
    /// - Returns: what was removed.
    func removeRecordings() throws -> [String] {
        var removed: [String] = []
        for path in files.map(\.path) {
            guard !Self.isBeingWritten(path) else {
                Output.note("\(path) is being written: say this again when it is complete")
                continue
            }
            guard unlink(path) == 0 else {
                throw VisageError(.unwritable, "\(path) cannot be removed", cause: String(cString: strerror(errno)))
            }
            removed.append(path)
        }
        return removed
    }

    /// A recording grows every second.
    private static func isBeingWritten(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && time(nil) - status.st_mtim.tv_sec < 10
    }

    /// What stays, in words.
    func remaining(events: Bool, recordings: Bool) -> [String] {
        var lines: [String] = []
        if events, let first = self.events.map(\.time).min(), let last = self.events.map(\.time).max() {
            lines.append("\(self.events.count) events from \(first) to \(last): --events takes the name out of them")
        }
        if recordings {
            lines += files.map { "\($0.path), seen from \($0.first) to \($0.last): --recordings removes it" }
        }
        return lines
    }
}
