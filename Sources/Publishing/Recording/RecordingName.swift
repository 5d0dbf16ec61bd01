import Foundation

/// The name of a recording: its start in UTC, in a form that sorts by time and that every file system takes, as in
/// `2026-11-21T09-44-05.123Z.mp4`.
package enum RecordingName {
    package static func make(_ start: Date) -> String {
        let milliseconds = Int64((start.timeIntervalSince1970 * 1000).rounded())
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return String(
            format: "%04d-%02d-%02dT%02d-%02d-%02d.%03dZ.mp4", parts.tm_year + 1900, parts.tm_mon + 1,
            parts.tm_mday,
            parts.tm_hour, parts.tm_min, parts.tm_sec, Int32(milliseconds % 1000))
    }

    /// A name that is not `taken`: the first free millisecond from `start` on.
    package static func make(_ start: Date, unless taken: (String) -> Bool) -> String {
        var start = start
        var name = make(start)
        // A thousand recordings do not begin within one second. A name that is taken after all makes writing fail, which is
        // tried again.
        for _ in 0..<1000 where taken(name) {
            start += 0.001
            name = make(start)
        }
        return name
    }

    /// What a recording's subtitles are named, of which players know by that.
    package static func subtitles(of name: String) -> String { name.replacing(/\.mp4$/, with: "") + ".ass" }

    /// Whether a file is named as the subtitles of a recording are.
    package static func matchesSubtitles(_ name: String) -> Bool {
        name.hasSuffix(".ass") && matches(name.dropLast(4) + ".mp4")
    }

    /// Whether a file is named as a recording is; others in the folder are left alone.
    package static func matches(_ name: String) -> Bool {
        name.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.mp4/) != nil
    }
}
