import Foundation
import VisageCore

/// Where a person, who may have had several names and ids, appears in the event log and in the recordings.
package struct PersonTraces {
    /// The events about one name or id, and the recordings that they refer to.
    package struct Trace {
        let identity: Identity
        /// Number of events.
        package let events: Int
        /// RFC 3339 time of the first event.
        package let since: String
        let appearances: [EventHistory.Appearance]

        /// The name or the id.
        package var name: String { identity.name ?? identity.unknownID ?? "" }
    }

    /// A recording that exists, with the RFC 3339 times of the first and the last appearance of the person.
    package struct Recording: Equatable {
        package let path: String
        package fileprivate(set) var first: String
        package fileprivate(set) var last: String
    }

    private let history: EventHistory?
    private let folder: String
    package let all: [Trace]
    /// Damaged logs, moved aside, in which the person is named.
    package let damagedLogs: [String]

    /// - Parameters:
    ///   - history: nil if there is no event log.
    ///   - path: where the event log is or would be; damaged ones are beside it.
    ///   - folder: the folder of the recordings.
    /// - Throws: `VisageError` if the log cannot be read.
    package init(of identities: [Identity], in history: EventHistory?, at path: String, recordings folder: String)
        throws
    {
        damagedLogs = DamagedLogs(of: path).naming(identities)
        self.history = history
        self.folder = folder
        all = try identities.compactMap { identity in
            let events = try history?.events(of: identity) ?? []
            return events.isEmpty
                ? nil
                : Trace(
                    identity: identity, events: events.count, since: events.map(\.time).min() ?? "",
                    appearances: EventHistory.appearances(in: events))
        }
    }

    package var isEmpty: Bool { all.isEmpty && damagedLogs.isEmpty }

    /// Deletes the damaged logs in which the person is named.
    /// - Returns: their paths.
    /// - Throws: `VisageError` (unwritable).
    package func removeDamagedLogs() throws -> [String] {
        for path in damagedLogs { try DamagedLogs.remove(path) }
        return damagedLogs
    }

    /// Overwrites the names in the log. Recordings are found by these events: with `unlessRecorded`, the events of
    /// recordings that still exist are kept.
    /// - Returns: the number of events that were changed, and whether the files of the log are free of the old text.
    /// - Throws: `VisageError`.
    package func eraseEvents(unlessRecorded: Bool) throws -> (count: Int, isClean: Bool) {
        let erased = all.filter { !unlessRecorded || recordings(of: $0).isEmpty }
        let results = try erased.compactMap { try history?.erase($0.identity) }
        return (results.reduce(0) { $0 + $1.count }, results.allSatisfy(\.isClean))
    }

    /// The recordings that exist, sorted by path.
    package func recordings(of trace: Trace) -> [Recording] {
        var found: [String: Recording] = [:]
        for appearance in trace.appearances {
            let folder = "\(folder)/\(appearance.camera)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let recordings = names.filter { appearance.files.contains($0) && !RecordingName.matchesSubtitles($0) }
            for path in recordings.map({ "\(folder)/\($0)" }) {
                let times = appearance.times
                var recording =
                    found[path] ?? Recording(path: path, first: times.lowerBound, last: times.upperBound)
                recording.first = min(recording.first, times.lowerBound)
                recording.last = max(recording.last, times.upperBound)
                found[path] = recording
            }
        }
        return found.values.sorted { $0.path < $1.path }
    }

    /// Deletes the recordings, except one that is still being written, which is complete at the next segment.
    /// - Returns: the paths that were removed.
    /// - Throws: `VisageError` (unwritable).
    package func removeRecordings() throws -> [String] {
        try Set(all.flatMap(recordings).map(\.path)).sorted().filter { path in
            guard !Self.isBeingWritten(path) else { return false }
            guard RecordingFile.remove(path) else {
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
}
