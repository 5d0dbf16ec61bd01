import Foundation
import VisageCore

/// The name of a recording: when it starts, in UTC, such that names sort by time and no file system minds them, as in
/// `2026-11-21T09-44-05.123Z.mp4`.
enum RecordingName {
    static func make(_ start: Date) -> String { Event.format(start).replacing(":", with: "-") + ".mp4" }

    /// A name that is not `taken`: the first free millisecond from `start` on.
    static func make(_ start: Date, unless taken: (String) -> Bool) -> String {
        var start = start
        var name = make(start)
        // Nobody makes so many recordings in a second; one that is taken after all will fail to open and be retried.
        for _ in 0..<1000 where taken(name) {
            start += 0.001
            name = make(start)
        }
        return name
    }

    /// Whether a file is one of ours; others in the folder are left alone.
    static func matches(_ name: String) -> Bool {
        name.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.mp4/) != nil
    }
}
