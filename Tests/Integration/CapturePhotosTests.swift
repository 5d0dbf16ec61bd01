import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// `visage capture`, from a file and from the daemon that holds a camera.
    @Suite struct CapturePhotosTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func photos(of name: String) -> [URL] {
            let person = folder.file("faces").appending(path: name)
            let files = try? FileManager.default.contentsOfDirectory(at: person, includingPropertiesForKeys: nil)
            return (files ?? []).sorted { $0.lastPathComponent < $1.lastPathComponent }
        }

        private func capture(_ name: String, _ count: Int, from source: String, socket: String = "/nowhere")
            async throws -> Program.Outcome
        {
            try await visage(
                "capture", name, "--source", source, "--count", "\(count)", "--output", folder.file("faces").path,
                "--socket", socket)
        }

        /// The clip's first person alone, for whom two views differ enough.
        private func lonely() async throws -> String {
            let file = folder.file("lonely.mp4").path
            try await Video.ffmpeg(["-t", "6", "-i", Workspace.clip.path, "-c", "copy", file])
            return file
        }

        @Test func takesPhotosThatTrainLearnsFromAndGoesOnWhereItStopped() async throws {
            let first = try await capture("Ann", 1, from: try await lonely())
            #expect(first.exitCode == 0, "\(first)")
            #expect(first.output.contains("1 photo of Ann"))
            let one = photos(of: "Ann")
            #expect(one.map(\.lastPathComponent) == ["capture-0001.jpg"])
            for photo in one {
                let mode = try FileManager.default.attributesOfItem(atPath: photo.path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "faces are nobody else's business")
            }
            // The same clip has no second view that differs: it says how far it came.
            let again = try await capture("Ann", 50, from: try await lonely())
            #expect(again.exitCode == 1, "\(again)")
            #expect(again.errors.contains("already in the folder: 1 photo"))
            #expect(again.errors.contains("of 50 photos are in"))
            #expect(photos(of: "Ann").first?.lastPathComponent == "capture-0001.jpg")
            let numbers = photos(of: "Ann").map(\.lastPathComponent)
            #expect(Set(numbers).count == numbers.count && !numbers.contains { $0.hasSuffix(".part") })

            let training = try await visage(
                "train", folder.file("faces").path, "--output", folder.file("gallery").path)
            #expect(training.exitCode == 0, "\(training)")
            #expect(!training.output.contains("left out"), "every photo is of use: \(training)")
        }

        @Test func takesTheFramesOfTheDaemonThatHoldsTheCamera() async throws {
            var options = DaemonUnderTest.Options.endless(material)
            options.source = try await lonely()
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            // By the camera's name, and by what the daemon has as its source.
            for (name, source) in [("Bob", "demo"), ("Cid", options.source)] {
                let outcome = try await capture(name, 1, from: source, socket: daemon.socket)
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(outcome.errors.contains("of visaged's camera demo"), "\(outcome)")
                #expect(photos(of: name).count == 1)
            }
            _ = try await daemon.stop()
        }

        @Test(arguments: [
            ("../Ann", "/dev/video0", 64, "cannot be the name of a person"),
            ("Ann", "/dev/no-such-camera", 1, "/dev/no-such-camera"),
            ("Ann", "/no/such/clip.mp4", 1, "There is no file"),
            ("Ann", "rtsp://joe:secret@127.0.0.1:1/x", 1, "rtsp://127.0.0.1:1/x: the camera refuses the connection"),
            ("Ann", "rtsp://joe:sec/secret@127.0.0.1:1/x", 64, "--source cannot be used"),
        ])
        func saysWhatIsWrong(_ name: String, _ source: String, _ code: Int32, _ part: String) async throws {
            let outcome = try await capture(name, 1, from: source)
            #expect(outcome.exitCode == code, "\(outcome)")
            #expect(outcome.complaints.count == 1 && outcome.errors.contains(part), "\(outcome)")
            #expect(!outcome.errors.contains("secret"))
        }
    }
}
