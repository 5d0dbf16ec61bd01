import Foundation
import TestSupport
import Testing
import VisageCore

/// What several tests need, made once.
struct Material: Sendable {
    /// Barack Obama and Joe Biden.
    var gallery: String
    /// Six seconds of the clip, in which Barack Obama and two strangers are seen together.
    let cut: String
    /// The same and half a second of black, in which every face is lost before the clip begins again.
    let loopClip: String
    let folder: ScratchFolder

    @TaskLocal fileprivate static var current: Material?

    static func get() throws -> Material { try #require(current, "the suite's trait is missing") }

    fileprivate static func make() async throws -> Material {
        let folder = try ScratchFolder()
        let gallery = folder.file("gallery").path
        let training = try await visage("train", Workspace.demoFaces.path, "--output", gallery)
        try #require(training.exitCode == 0, "\(training)")
        let cut = folder.file("cut.mp4").path
        try await Video.cut(Workspace.clip.path, from: 28, seconds: 6, to: cut)
        let loopClip = folder.file("loop.mp4").path
        try await Video.ffmpeg([
            "-i", cut, "-vf", "tpad=stop_mode=add:stop_duration=0.5:color=black", "-c:v", "libx264", "-preset",
            "ultrafast", "-an", loopClip,
        ])
        return Material(gallery: gallery, cut: cut, loopClip: loopClip, folder: folder)
    }
}

/// Makes the material before a suite's first test and removes it after the last.
struct MaterialTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Material.$current.withValue(Material.make()) { try await function() }
    }
}

extension Trait where Self == MaterialTrait {
    static var material: MaterialTrait { MaterialTrait() }
}

/// Looks at video files, and makes some, with FFmpeg's programs.
enum Video {
    /// The stretch of `clip` from the key frame at `start` on, as it was encoded.
    static func cut(_ clip: String, from start: Int, seconds: Int, to file: String) async throws {
        try await ffmpeg(["-ss", "\(start)", "-t", "\(seconds)", "-i", clip, "-c", "copy", file])
    }

    static func ffmpeg(_ arguments: [String]) async throws {
        let outcome = try await Program.run("ffmpeg", ["-v", "error", "-y"] + arguments)
        try #require(outcome.exitCode == 0, "\(outcome)")
    }

    /// The presentation time of every picture in milliseconds, in order.
    static func stamps(_ file: String) async throws -> [Int] {
        let outcome = try await Program.run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0",
                file,
            ])
        try #require(outcome.exitCode == 0, "\(outcome)")
        return outcome.output.split { $0.isNewline || $0 == "," }.compactMap { Double($0) }
            .map { Int(($0 * 1000).rounded()) }.sorted()
    }

    /// How many pictures can be decoded; complaints of the decoder fail the test.
    static func decoded(_ file: String) async throws -> Int {
        let outcome = try await Program.run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-count_frames", "-show_entries",
                "stream=nb_read_frames",
                "-of", "csv=p=0", file,
            ])
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
        // Of a transport stream the number comes twice: for the program, too.
        return outcome.output.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }
}
