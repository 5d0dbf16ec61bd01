import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// The real daemon at a real kernel's cameras: Tests/Guest/cameras.sh tells what happens to them.
    @Suite(.enabled(if: Guest.problem == nil, "\(Guest.hint)"))
    struct GuestTests {
        private static let configuration = """
            state: /run/visage/state
            gallery: /mnt/out/gallery
            models: "\(Workspace.models.path)"
            events: {socket: /run/visage/events.sock}
            frames: {folder: ""}
            recording: {enabled: false}
            detection: {input: 320}
            tracking: {confirm_after: 1}
            cameras:
              - {name: vivid, source: /dev/video0, width: 640, height: 360, fps: 2, controls: {brightness: 100}}
              - {name: taken, source: /dev/taken, width: 320, height: 180, fps: 2}
              - {name: wrong, source: /dev/video2, controls: {no_such: 1}}
              - {name: yuyv, source: /dev/video10, width: 640, height: 360, frozen_after: 0}
              - {name: mjpg, source: /dev/video11, width: 640, height: 360, frozen_after: 0}

            """

        @Test func aRealKernelsCameras() async throws {
            let folder = try ScratchFolder()
            try await prepare(folder)
            let outcome = try await Guest.run("cameras.sh", in: folder)
            try #require(outcome.status == 0, "\(outcome.log)")
            // Asked to stop after all that, the daemon did.
            #expect(try outcome.text("visaged.status") == "0\n", "\(outcome.log)")
            let log = try outcome.text("visaged.log")
            try checkChoices(outcome, log)

            let events = try outcome.events("events.jsonl")
            for camera in ["yuyv", "mjpg"] {
                #expect(events.contains { $0.camera == camera && $0.type == .appeared }, "\(camera): no face")
            }
            let calm = try outcome.events("calm.jsonl").filter { $0.type == .stats }
            for camera in ["vivid", "yuyv", "mjpg"] {
                let stats = calm.filter { $0.camera == camera }.compactMap(\.stats)
                #expect(stats.contains { $0.fps > 0 }, "\(camera) did not deliver")
                #expect(stats.allSatisfy { $0.damaged == 0 }, "\(camera): \(stats)")
                // A loopback device throws away what is not read at once, and a slow machine does not.
                guard camera == "vivid" else { continue }
                #expect(stats.suffix(2).allSatisfy { $0.missed == 0 && $0.fps > 0 }, "\(stats)")
            }
            checkStories(events)
        }

        private func prepare(_ folder: ScratchFolder) async throws {
            let gallery = URL(filePath: try Material.get().gallery)
            try FileManager.default.copyItem(at: gallery, to: folder.file("gallery"))
            try Data(Self.configuration.utf8).write(to: folder.file("visaged.yaml"))
            // One face of the clip, and a second of it in slow motion: so much a slow machine can follow.
            let faces = ["-ss", "28", "-t", "1", "-i", Workspace.clip.path, "-an", "-r", "3"]
            let slow = ["-vf", "fps=8,crop=480:270:0:130,scale=640:360,setpts=N/3/TB"]
            try await Video.ffmpeg(
                faces + slow + [
                    "-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p", folder.file("faces.mjpg.avi").path,
                ])
            try await Video.ffmpeg(
                faces + slow + ["-c:v", "rawvideo", "-pix_fmt", "yuyv422", folder.file("faces.yuyv.avi").path])
        }

        /// What was offered, what was picked of it, and what was set.
        private func checkChoices(_ outcome: Guest.Outcome, _ log: String) throws {
            let offered = try outcome.text("formats.vivid")
            #expect(["'YUYV'", "'YU12'", "'NV12'"].allSatisfy { offered.contains($0) }, "\(offered)")
            #expect(try outcome.text("formats.yuyv").contains("'YUYV'"))
            #expect(try outcome.text("formats.mjpg").contains("PG'"))
            #expect(log.contains("/dev/video0 is open: 640x360 YU12 at 2 fps"), "\(log)")
            #expect(log.contains("/dev/video10 is open: 640x360 YUYV"), "\(log)")
            #expect(log.contains("/dev/video11 is open: 640x360 MJPG"), "\(log)")
            #expect(log.contains("640x360 YU12 at 2 fps at /dev/video20"), "\(log)")
            #expect(try outcome.text("brightness") == "brightness: 100\n")
        }

        /// For each camera what its outages were, with the beginnings of the reasons given.
        private func checkStories(_ events: [Event]) {
            expect(
                "vivid",
                [
                    ["the camera reports an input/output error"],
                    ["the camera cannot start streaming"],
                    ["the camera was unplugged"],
                    ["the camera was unplugged"],
                    ["the camera was unplugged"],
                ], events)
            expect("taken", [["the camera is in use by v4l2-ctl (process "]], events)
            expect("yuyv", [["nothing has come for "], ["nothing has come for "]], events)
            expect("mjpg", [["no pictures come from /dev/video11 (mjpg): "]], events)
            expect("wrong", [["the camera has no control no_such; it has "]], events)
            #expect(!events.contains { $0.camera == "wrong" && $0.type == .sourceUp })
        }

        /// Among a camera's outages are these, in this order, each with these reasons; a slow machine may have made others.
        private func expect(_ camera: String, _ wanted: [[String]], _ events: [Event]) {
            let own = events.filter { $0.camera == camera && [.sourceUp, .sourceDown].contains($0.type) }
            let outages = own.split { $0.type == .sourceUp }.map { $0.compactMap(\.reason) }
            var left = outages[...]
            for reasons in wanted {
                let place = left.firstIndex { given in
                    reasons.allSatisfy { reason in given.contains { $0.hasPrefix(reason) } }
                }
                guard let place else {
                    Issue.record("\(camera): \(reasons) is not among \(Array(left)), the last of \(outages)")
                    return
                }
                left = left[(place + 1)...]
            }
        }
    }
}
