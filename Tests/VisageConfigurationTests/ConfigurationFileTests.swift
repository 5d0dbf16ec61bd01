import Foundation
import TestSupport
import Testing
import VisageConfiguration
import VisageCore

@Suite struct ConfigurationFileTests {
    private let scratch: ScratchFolder
    private let file: URL

    init() throws {
        scratch = try ScratchFolder()
        file = scratch.file("visaged.yaml")
    }

    private static let camera = "cameras:\n  - name: door\n    source: /clip.mp4\n"

    private func load(_ text: String) throws -> Configuration {
        try Data(text.utf8).write(to: file)
        return try ConfigurationFile.load(file)
    }

    /// Whether `text` is refused in one line that has the file, the line's number and all the words.
    private func isRefused(_ text: String, line: Int?, _ words: [String]) -> Bool {
        do {
            _ = try load(text)
            Issue.record("accepted: \(text)")
            return false
        } catch {
            let said = "\(error)"
            let place = line.map { "\(file.path), line \($0): " } ?? "\(file.path): "
            let isRight =
                (error as? VisageError)?.exitCode == 78 && said.hasPrefix(place)
                && words.allSatisfy(said.contains) && !said.contains("\n")
            if !isRight { Issue.record("said: \(said)") }
            return isRight
        }
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        var expected = Configuration()
        var camera = Configuration.Camera()
        (camera.name, camera.source) = ("door", "/clip.mp4")
        expected.cameras = [camera]
        #expect(try load(Self.camera) == expected)
        #expect(try load("events:\nlog:\n" + Self.camera) == expected, "a heading without keys")
    }

    @Test func whatIsSaidCounts() throws {
        let configuration = try load(
            """
            state: /s
            gallery: ""
            cameras:
              - {name: a, source: /a.mp4, pace: fast}
              - {name: b-2, source: /b.mp4, loop: true}
            events: {keep_days: 7}
            recording: {enabled: false, segment_minutes: 0.5, crf: 30}
            detection: {detector: mtcnn, strong_score: 0.8, weak_score: 0.25}
            tracking: {lost_after: 5}
            inference: {engine: opencv, precision: f32, threads: 1}
            log: {level: debug}
            """)
        #expect(configuration.state == "/s" && configuration.gallery.isEmpty)
        #expect(configuration.cameras.map(\.name) == ["a", "b-2"])
        #expect(
            configuration.cameras.map(\.pace) == [.fast, .realtime]
                && configuration.cameras.map(\.loop) == [false, true])
        #expect(configuration.events.keepDays == 7 && configuration.events.keepMB == 1024)
        #expect(!configuration.recording.enabled && configuration.recording.segmentMinutes == 0.5)
        #expect(configuration.recording.crf == 30 && configuration.tracking.lostAfter == 5)
        #expect(configuration.detection.strongScore == 0.8 && configuration.detection.weakScore == 0.25)
        #expect(configuration.detection.detector == .mtcnn)
        #expect(configuration.inference.engine == .opencv && configuration.inference.precision == .f32)
        #expect(configuration.inference.threads == 1 && configuration.log.level == .debug)
    }

    @Test func relativePathsAreMeantFromTheFile() throws {
        let configuration = try load(
            "state: state\ngallery: ../gallery\nevents: {socket: e.sock}\nframes: {folder: .}\n"
                + "recording: {folder: /absolute}\ncameras: [{name: a, source: clips/a.mp4}]\n")
        // Paths as they are said; a link on the way is none of the configuration's business.
        let folder = scratch.url.standardizedFileURL.path
        #expect(configuration.state == folder + "/state")
        #expect(
            configuration.gallery == scratch.url.deletingLastPathComponent().standardizedFileURL.path
                + "/gallery")
        #expect(configuration.events.socket == folder + "/e.sock" && configuration.frames.folder == folder)
        #expect(configuration.recording.folder == "/absolute" && configuration.models.isEmpty)
        #expect(configuration.cameras[0].source == folder + "/clips/a.mp4")
    }

    @Test(
        arguments: [
            ("stat: /x\n", 1, ["unknown key `stat`", "state"]),
            ("events:\n  sockt: /x\n", 2, ["unknown key `events.sockt`", "socket", "keep_days"]),
            (
                "\n# comment\n\nrecording:\n  enabled: true\n  crv: 20\n", 6,
                ["unknown key `recording.crv`", "crf"]
            ),
            (
                "cameras:\n  - name: a\n    source: /a\n    speed: fast\n", 4,
                ["unknown key `cameras.speed`", "pace"]
            ),
            ("events: 5\n", 1, ["`events` should be keys and values"]),
            ("detection: [1]\n", 1, ["`detection` should be keys and values"]),
            ("cameras: [door]\n", 1, ["`cameras` should be keys and values"]),
            ("cameras: door\n", 1, ["`cameras` should be a list"]),
        ] as [(String, Int, [String])])
    func unknownKeysAreRefusedWithTheirLine(text: String, line: Int, words: [String]) {
        #expect(isRefused(text, line: line, words))
    }

    @Test(
        arguments: [
            ("events:\n  keep_days: soon\n", 5, ["`events.keep_days` should be a whole number"]),
            ("events:\n  keep_days: 1.5\n", 5, ["`events.keep_days`"]),
            ("tracking:\n  lost_after: later\n", 5, ["`tracking.lost_after` should be a number"]),
            ("recording:\n  enabled: perhaps\n", 5, ["`recording.enabled` should be true or false"]),
            ("state: [a]\n", 4, ["`state` should be one value"]),
            ("gallery: {a: b}\n", 4, ["`gallery` should be one value"]),
            ("frames:\n  folder:\n", 5, ["`frames.folder` is empty"]),
            ("inference:\n  engine: tensorflow\n", 5, ["`inference.engine` should be one of openvino, opencv"]),
            ("inference:\n  threads:\n", 5, ["`inference.threads`"]), ("state:\n", 4, ["`state`"]),
        ] as [(String, Int, [String])])
    func wrongTypesAreRefusedWithTheirLine(text: String, line: Int, words: [String]) {
        #expect(isRefused(Self.camera + text, line: line, words))
    }

    @Test func whatIsNoYAMLIsRefused() {
        #expect(isRefused("state: /a\nlog: [unclosed\n", line: 3, ["not YAML"]))
        #expect(isRefused("state: \u{1}\n", line: nil, ["not YAML"]))
        #expect(isRefused("- a\n- b\n", line: 1, ["keys and values"]))
        #expect(isRefused("state: /a\nstate: /b\n" + Self.camera, line: 2, ["`state` is there twice"]))
        let twice =
            Self.camera + "events:\n  keep_mb: 3\n  keep_days: 4\n  keep_mb: 5\nrecording:\n  keep_mb: 7\n"
        #expect(isRefused(twice, line: 7, ["`keep_mb` is there twice"]))
    }

    @Test(arguments: ["state: \"\"\n", "events: {socket: \"\"}\n", "recording: {folder: \"\"}\n"])
    func placesThatAreNeededCannotBeEmpty(text: String) {
        #expect(isRefused(Self.camera + text, line: 4, ["is empty"]))
    }

    @Test func placesThatAreNotNeededMayBeEmpty() throws {
        let text =
            "gallery: \"\"\nmodels: \"\"\nframes: {folder: \"\"}\nrecording: {enabled: false, folder: \"\"}\n"
        #expect(try load(Self.camera + text).recording.folder.isEmpty)
    }

    @Test func aMissingFileIsNamed() {
        #expect {
            _ = try ConfigurationFile.load(scratch.file("none.yaml"))
        } throws: { ($0 as? VisageError)?.exitCode == 78 && "\($0)".contains(scratch.file("none.yaml").path) }
    }
}
