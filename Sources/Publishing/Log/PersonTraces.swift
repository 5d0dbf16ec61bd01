import Daemon
import Foundation
import Publishing
import VisageCore

/// Where a person, who may have had several names and ids, appears in the event log and the recordings.
struct Traces {
    private let history: EventHistory?
    private let recordings: String
    private let all: [Trace]

    private struct Trace {
        let identity: Identity
        let events: [Event]
        let appearances: [EventHistory.Appearance]

        var name: String { identity.name ?? identity.unknownID ?? "" }
    }

    /// - Throws: `VisageError` if the log cannot be read.
    init(of identities: [Identity], in history: EventHistory?, _ configuration: Configuration) throws {
        self.history = history
        recordings = configuration.recording.folder
        all = try identities.compactMap { identity in
            let events = try history?.events(of: identity) ?? []
            return events.isEmpty
                ? nil : Trace(identity: identity, events: events, appearances: EventHistory.appearances(in: events))
        }
    }

    var isEmpty: Bool { all.isEmpty }

    /// Overwrites the names in the log. Recordings are found by these events: with `unlessRecorded`, the events of
    /// recordings that still exist are kept.
    /// - Returns: the number of events that were changed.
    /// - Throws: `VisageError`.
    func eraseEvents(unlessRecorded: Bool) throws -> Int {
        let told = all.filter { !unlessRecorded || files(of: $0).isEmpty }
        let results = try told.compactMap { try history?.erase($0.identity) }
        if !results.allSatisfy(\.isClean) {
            Output.note(
                "the event log is in use: the overwritten text stays in its -wal file until the next checkpoint")
        }
        return results.reduce(0) { $0 + $1.count }
    }

    /// The recordings that exist, with the times of first and last appearance.
    private func files(of trace: Trace) -> [(path: String, first: String, last: String)] {
        var found: [String: (first: String, last: String)] = [:]
        for appearance in trace.appearances {
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

    /// Deletes the recordings, except one that is still being written, which is complete at the next segment.
    /// - Returns: the paths that were removed.
    /// - Throws: `VisageError` (unwritable).
    func removeRecordings() throws -> [String] {
        try Set(all.flatMap(files).map(\.path)).sorted().filter { path in
            guard !Self.isBeingWritten(path) else { return false }
            guard unlink(path) == 0 else {
                throw VisageError(.unwritable, "\(path) cannot be removed", cause: String(cString: strerror(errno)))
            }
            return true
        }
    }

    /// A recording grows every second.
    private static func isBeingWritten(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && time(nil) - status.st_mtim.tv_sec < 10
    }

    /// Lines that say what remains, and the command that removes it.
    /// - Parameters:
    ///   - events, recordings: whether their removal was requested
    ///   - more: options to add to the commands
    func remaining(events: Bool, recordings: Bool, _ more: [String]) -> [String] {
        var lines: [String] = []
        for trace in all {
            func command(_ options: String...) -> String {
                (["visage forget", trace.name.quoted] + options + more).joined(separator: " ")
            }
            let files = files(of: trace)
            for (path, first, last) in files {
                let seen = "\(path), seen from \(first) to \(last)"
                if recordings {
                    lines.append("\(seen): it is still being written")
                } else if events {
                    lines.append("\(seen): no event refers to it any more. To delete it, run\n    rm \(path.quoted)")
                } else {
                    lines.append("\(seen)")
                }
            }
            let first = trace.events.map(\.time).min() ?? ""
            let told = "\(trace.events.count) events of \(trace.name) since \(first)"
            switch (files.isEmpty, recordings, events) {
            case (false, true, _):
                lines.append(
                    "\(told): they say which recordings to delete. When these are complete, run\n    "
                        + command(events ? "--events --recordings" : "--recordings"))
            case (false, false, false):
                lines.append(
                    "\(told). To delete these recordings and overwrite the name in the events, run\n    "
                        + command("--events --recordings"))
            case (true, _, false):
                lines.append("\(told). To overwrite the name in them, run\n    " + command("--events"))
            default: break
            }
        }
        return lines
    }
}
