import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// The service at a real kernel's cameras and under a clock that is set: Tests/Systemd/camera.sh tells what happens.
    @Suite(
        .enabled(if: BareDebian.problem == nil, "\(BareDebian.hint)"),
        .enabled(if: Guest.problem == nil, "\(Guest.hint)"))
    struct SoakCameraServiceTests {
        private static let configuration = """
            gallery: ""
            detection: {input: 320}
            tracking: {confirm_after: 1, lost_after: 60}
            cameras:
              - {name: vivid, source: /dev/video0, width: 320, height: 180, fps: 2, frozen_after: 0}
              - {name: face, source: /dev/video10, width: 320, height: 180, frozen_after: 0}

            """

        @Test func theUnitWatchesCamerasWhateverTheClockSays() async throws {
            let folder = try ScratchFolder()
            try Data(Self.configuration.utf8).write(to: folder.file("visaged.yaml"))
            // One that does not move, and is followed though too small to be named: that takes the guest seconds.
            try await Video.ffmpeg([
                "-ss", "28", "-i", Workspace.clip.path, "-an", "-r", "3", "-frames:v", "1",
                "-vf", "crop=480:270:0:130,scale=96:54,pad=320:180:(ow-iw)/2:(oh-ih)/2:gray",
                "-c:v", "rawvideo", "-pix_fmt", "yuyv422", folder.file("face.avi").path,
            ])
            let outcome = try await BareDebian.runInGuest("camera.sh", in: folder)
            try #require(outcome.status == 0, "\(outcome.log)")
            #expect(outcome.lines("restarts") == ["0"] && outcome.lines("result") == ["success"], "\(outcome.log)")
            checkUnit(outcome)

            let events = try EventCollector.events(in: outcome.text("events.jsonl"))
            let logged = events.filter { $0.seq != nil }
            #expect(logged.compactMap(\.seq) == Array(1...Int64(logged.count)))
            try checkClock(events, outcome)
            let all = logged.filter { $0.camera == "vivid" }
            #expect(all.map(\.type) == [.sourceUp, .sourceDown] && all.last?.reason == "stopped", "\(all)")
            let recordings = try FileManager.default.subpathsOfDirectory(atPath: folder.file("recordings").path)
            for recording in recordings where recording.hasSuffix(".mp4") {
                #expect(try await Video.decoded(folder.file("recordings/" + recording).path) > 0)
            }
        }

        /// It is what ships, and that is in force.
        private func checkUnit(_ outcome: BareDebian.Outcome) {
            #expect(outcome.lines("user") == ["visage"])
            #expect(outcome.lines("devices") == ["/dev/video0 660 root video", "/dev/video10 660 root video"])
            let unit = outcome.text("unit")
            for setting in [
                "FragmentPath=/usr/local/lib/systemd/system/visaged.service", "webcam-only.conf", "DevicePolicy=closed",
                "DeviceAllow=char-video4linux rw", "PrivateNetwork=yes",
            ] {
                #expect(unit.contains(setting), "\(unit)")
            }
            #expect(outcome.text("probe.problems").isEmpty, "\(outcome.text("probe.problems"))")
            let (webcam, plain) = (outcome.lines("probe.webcam"), outcome.lines("probe.plain"))
            for camera in ["/dev/video0", "/dev/video10"] {
                #expect(webcam.contains("open \(camera): yes"), "\(webcam)")
            }
            #expect(plain.contains("open /dev/forbidden: yes"), "\(plain)")
            #expect(webcam.contains("open /dev/forbidden: Operation not permitted"), "\(webcam)")
        }

        /// Times of events follow the clock, and nothing else does.
        private func checkClock(_ events: [Event], _ outcome: BareDebian.Outcome) throws {
            let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            let frames = events.filter { $0.camera == "vivid" && $0.type == .frame }
            let times = try frames.map { try Date($0.time, strategy: format).timeIntervalSince1970 }
            let steps = zip(times, times.dropFirst()).map { $1 - $0 }
            #expect(steps.filter { $0 < -3_000 }.count == 1 && steps.filter { $0 > 3_000 }.count == 1, "\(steps)")

            // Tracks that began before lasted as long as they did.
            let lost = events.filter { $0.type == .lost }
            #expect(lost.allSatisfy { (0..<3_000_000).contains($0.durationMs ?? -1) }, "\(lost)")
            let began = events.filter { $0.type == .appeared }
            #expect(
                lost.contains { lost in began.contains { $0.track == lost.track && $0.time > lost.time } }, "\(lost)")
            for stats in events.compactMap(\.stats) {
                #expect((0...30).contains(stats.fps) && (0..<600_000).contains(stats.latencyP99Ms), "\(stats)")
            }

            // Who was away gets what was missed.
            let since = try EventCollector.events(in: outcome.text("since.jsonl"))
            #expect(since.first?.type == .hello && since.first?.oldest == 1)
            let seqs = since.compactMap(\.seq)
            let first = try #require(seqs.first)
            #expect(seqs == Array(first..<first + Int64(seqs.count)) && seqs.count >= 3, "\(seqs)")
            let status = try JSONDecoder().decode(StatusReport.self, from: Data(outcome.text("status.json").utf8))
            for camera in status.status.cameras {
                #expect(camera.isUp && (0..<600_000).contains(camera.ageMs ?? -1), "\(camera)")
            }

            // Nothing is too old all of a sudden.
            let recorded = outcome.lines("recorded.before")
            #expect(!recorded.isEmpty && Set(recorded).isSubset(of: outcome.lines("recorded.after")))
        }

        private struct StatusReport: Decodable {
            let status: Event.Status
        }
    }
}
