import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

/// What a failing disk does to the recorder: Tests/Faults/faults.c, loaded into another process of this test program,
/// makes the n-th call on the recordings fail.
@Suite struct RecorderFaultTests {
    /// Every n with `VISAGE_SYSTEM`, some otherwise.
    @Test(.enabled(if: FaultLibrary.problem == nil, "\(FaultLibrary.problem ?? "")"))
    func aFailingCallStopsTheRecordingForSecondsOnly() async throws {
        let step = ProcessInfo.processInfo.environment["VISAGE_SYSTEM"] == nil ? 17 : 1
        let outcome = try await Program.run(
            "env",
            [
                "LD_PRELOAD=\(FaultLibrary.path)", "VISAGE_FAULT_STEP=\(step)", "/proc/self/exe".resolved,
                "--testing-library", "swift-testing", "--filter", "RecorderFaultRounds",
            ])
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.output.contains("rounds"), "\(outcome)")
    }
}

/// Runs only where the library is loaded.
@Suite(.enabled(if: FaultLibrary.Control() != nil, "runs within RecorderFaultTests"))
struct RecorderFaultRounds {
    @Test func everyRound() throws {
        let control = try #require(FaultLibrary.Control())
        let step = Int(ProcessInfo.processInfo.environment["VISAGE_FAULT_STEP"] ?? "") ?? 1
        var (rounds, hits) = (0, 0)
        for code in [ENOSPC, EIO, EROFS] {
            for at in stride(from: 1, through: 200, by: step) {
                hits += try round(at, code, control) ? 1 : 0
                rounds += 1
            }
        }
        print("\(rounds) rounds, \(hits) faults")
        // Some of the calls that sync come later or not at all, depending on the pace.
        #expect(hits > rounds * 9 / 10)
    }

    /// - Returns: whether a call failed.
    private func round(_ at: Int, _ code: Int32, _ control: FaultLibrary.Control) throws -> Bool {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appending(path: "recordings/door", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(
            at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
        let log = LogCatcher()
        control.arm(folder.path, at, code)
        var recorder: Recorder? = try Recorder(
            folder: folder, segmentLength: .seconds(2), retention: RecordingRetention(maxBytes: 60_000, maxAge: nil),
            waitsForFolder: true, logger: log.logger)
        var last: RecordingPosition?
        var (number, end) = (0, 1500)
        while number < end {
            let frame = TestVideo.frame(number, width: 64, height: 64)
            last = recorder?.position(of: frame)
            if let last { recorder?.write(frame, at: last) }
            number += 1
            // The pause after a failure, and some seconds.
            if control.hits > 0, end == 1500 { end = number + 300 }
        }
        control.disarm()
        recorder?.finish()
        recorder = nil
        let hit = control.hits > 0
        let file = try #require(last?.file, "call \(at), error \(code): nothing is recorded any more")
        #expect(try TestVideo.frames(folder.appending(path: file).path).count > 0, "call \(at), error \(code)")
        // The next start.
        let next = try Recorder(folder: folder, logger: log.logger)
        let frame = TestVideo.frame(number, width: 64, height: 64)
        let position = try #require(next.position(of: frame))
        next.write(frame, at: position)
        #expect(next.file == position.file)
        next.finish()
        return hit
    }
}

extension String {
    fileprivate var resolved: String { URL(filePath: self).resolvingSymlinksInPath().path }
}
