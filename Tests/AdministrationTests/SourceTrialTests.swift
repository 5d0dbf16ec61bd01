import Administration
import Foundation
import TestSupport
import Testing
import VisageCore

/// With a program in place of `visage`.
@Suite struct SourceTrialTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func trial(_ body: String) throws -> SourceTrial {
        let program = scratch.file("visage")
        let script = "#!/bin/sh\necho \"$*\" > '\(scratch.file("words").path)'\nread address\n\(body)\n"
        try Data(script.utf8).write(to: program)
        #expect(chmod(program.path, 0o755) == 0)
        return SourceTrial(VisageCommand(program: program.path, configuration: "none.yaml"))
    }

    @Test("The address goes to standard input, where no list of processes shows its password")
    func passwordStaysHidden() async throws {
        let trial = try trial(
            #"echo "{\"source\":\"$address\",\"stream\":\"h264 over TCP\",\"width\":1280,\"height\":720,\"fps\":15}""#)
        let outcome = try await trial.run("rtsp://eve:secret@127.0.0.1/x")
        #expect(outcome.works && outcome.width == 1280 && outcome.height == 720 && outcome.fps == 15)
        #expect(outcome.source == "rtsp://eve:secret@127.0.0.1/x")
        let words = try String(contentsOf: scratch.file("words"), encoding: .utf8)
        #expect(words.hasPrefix("try - --json") && !words.contains("secret"))
    }

    @Test func aFailureIsTold() async throws {
        let outcome = try await trial("echo 'visage: rtsp://127.0.0.1/x: the camera refuses' >&2; exit 1")
            .run("rtsp://127.0.0.1/x")
        #expect(!outcome.works && outcome.reason == "rtsp://127.0.0.1/x: the camera refuses")
        let webcam = try await trial("echo 'visage: /dev/video987: there is none' >&2; exit 1").run("/dev/video987")
        #expect(webcam.reason?.contains("sudo -u visage visage try /dev/video987") == true)
    }

    @Test(arguments: [
        "", "http://127.0.0.1/", "file:///etc/passwd", "/etc/passwd", "/dev/sda", "/dev/video0/../sda", "--help",
        "rtsp://x/\n/etc/passwd", "rtsp://x/ y", "/dev/video0 x", String(repeating: "rtsp://", count: 400),
    ])
    func nothingElseIsTried(_ source: String) async throws {
        let trial = try trial("true")
        await #expect(throws: VisageError.self) { try await trial.run(source) }
        #expect(access(scratch.file("words").path, F_OK) != 0)
    }
}
