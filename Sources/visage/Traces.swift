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
    var count: Int { events.count }

    /// - Returns: how many.
    func eraseEvents() throws -> Int { try identities.reduce(0) { try $0 + (history?.erase($1) ?? 0) } }

    /// The recordings that are there of an appearance, with its times.
    private var files: [(path: String, times: ClosedRange<String>)] {
        appearances.flatMap { appearance in
            let folder = "\(recordings)/\(appearance.camera)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { appearance.files.contains($0) }.sorted().map { ("\(folder)/\($0)", appearance.times) }
        }
    }

    /// One that is being written stays: it is complete at the next segment.
    /// - Returns: what was removed.
    func removeRecordings() throws -> [String] {
        var removed: [String] = []
        for path in Set(files.map(\.path)).sorted() {
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
            lines.append("\(count) events from \(first) to \(last): --events takes the name out of them")
        }
        if recordings {
            lines += files.map { "\($0.path), \($0.times.lowerBound) to \($0.times.upperBound): --recordings removes it" }
        }
        return lines
    }
}
