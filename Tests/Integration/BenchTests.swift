import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// `visage bench` with cameras.
    @Suite struct BenchTests {
        @Test(arguments: ["annotated", "off"])
        func camerasAreMeasured(_ recording: String) async throws {
            // Not the whole clip, which would have to be encoded first.
            let folder = try ScratchFolder()
            let clip = folder.file("clip.mp4").path
            let cut = try await Program.run(
                "ffmpeg", ["-v", "error", "-t", "8", "-i", Workspace.clip.path, "-c", "copy", clip])
            #expect(cut.exitCode == 0, "\(cut)")
            let outcome = try await visage(
                "bench", "--cameras", "2", "--seconds", "4", "--recording", recording, "--source", clip,
                "--json")
            #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
            let report = try object(outcome.output)
            func number(_ key: String) throws -> Double { try #require(report[key] as? Double, "\(key): \(outcome)") }
            func table(_ key: String) throws -> [String: Double] {
                try #require(report[key] as? [String: Double], "\(key): \(outcome)")
            }
            let (frames, seconds) = (try number("frames"), try number("seconds"))
            #expect(try number("cameras") == 2 && report["recording"] as? String == recording)
            #expect(seconds >= 4 && frames > 0)
            // What came was used or skipped; a frame may come just before or after.
            let lost = try number("skipped") + number("damaged") + number("missed")
            #expect(abs(frames + lost - 30 * seconds) < 30, "\(outcome)")
            #expect(try abs(number("fps") * 2 * seconds - frames) < 0.1)
            let each = try #require(report["each"] as? [[String: Any]])
            #expect(each.compactMap { $0["camera"] as? String } == ["camera-1", "camera-2"])

            let age = try table("age_ms")
            #expect(try #require(age["p50"]) > 0 && age["p99"] ?? 0 >= age["p50"] ?? 0)
            let (whole, parts) = (try number("cpu_ms_per_frame"), try table("processor_ms"))
            #expect(parts.values.allSatisfy { $0 >= 0 })
            #expect(parts.values.reduce(0, +) <= whole * 1.02 + 0.01, "\(outcome)")
            for stage in ["decode", "scale", "detect"] { #expect(try #require(parts[stage]) > 0, "\(stage)") }
            #expect((parts["encode"] ?? 0 > 0) == (recording == "annotated"))
            #expect(try abs(number("cpu_percent") / 100 * seconds * 1000 - whole * frames) < 0.02 * whole * frames)
            #expect(try number("daemon_mb") > 50 && number("capture_mb") > 5)
            #expect(try abs(number("rss_mb") - number("daemon_mb") - number("capture_mb")) < 0.3)
        }
    }
}
