import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Files that are not the video they should be.
    @Suite struct BadVideoRuns {
        private let material: Material

        init() throws { material = try Material.get() }

        @Test(arguments: refused)
        func isRefused(_ run: BadRun) async throws { try await run.check(material) }

        private static let refused = [
            BadRun("missing", says: "There is no file", "film.mp4") { options, home in
                options.source = home.appending(path: "film.mp4").path
            },
            BadRun("empty", says: "film.mp4 is empty") { try write(Data(), for: &$0, in: $1) },
            BadRun("text", says: "film.mp4 is not a video") {
                try write(Data("Who is there?\n".utf8), for: &$0, in: $1)
            },
            BadRun("a folder", says: "is a folder") { options, home in options.source = home.path },
            BadRun("only sound", says: "sound.m4a has no picture") { options, home in
                options.source = home.appending(path: "sound.m4a").path
                try await Video.ffmpeg(["-f", "lavfi", "-i", "sine=duration=1", options.source])
            },
            BadRun("an MP4 cut off before its index", says: "film.mp4", "cut short") { options, home in
                let whole = try Data(contentsOf: URL(filePath: options.source))
                try write(whole.prefix(whole.count / 2), for: &options, in: home)
            },
        ]

        private static func write(_ data: Data, for options: inout DaemonUnderTest.Options, in home: URL)
            throws
        {
            options.source = home.appending(path: "film.mp4").path
            try data.write(to: URL(filePath: options.source))
        }

        /// What is there of a file that was cut short is worked on; then the daemon says what is missing.
        @Test(arguments: [["whole.mkv"], ["-movflags", "+faststart", "whole.mp4"]])
        func whatCanBeReadIsUsed(_ kind: [String]) async throws {
            let folder = try ScratchFolder()
            let whole = folder.file(kind[kind.count - 1])
            try await Video.ffmpeg(["-i", material.cut, "-c", "copy"] + kind.dropLast() + [whole.path])
            try change(whole) { $0 = $0.prefix($0.count * 2 / 3) }
            var options = DaemonUnderTest.Options(material)
            options.source = whole.path
            options.more = ["log: {level: error}"]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let outcome = try await daemon.program.wait()
            expect(outcome, 1, "visaged: ", ["\(whole.path) ended before its time: the last"])
            #expect(await eventually { daemon.collector.hasEnded })
            let stories = Story.all(in: daemon.collector.logged)
            #expect(stories.compactMap(\.problem).isEmpty && stories.count == 3)
            let last = try #require(daemon.collector.logged.last)
            #expect(last.type == .sourceDown && last.reason?.contains("ended before its time: the last") == true)
            let recording = try #require(daemon.recordings.first)
            #expect(try await Video.decoded(recording.path) > 60)
        }
    }
}
