import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// `visage recognize` and the annotated copies that it writes.
    @Suite struct RecognizeTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func video(_ name: String, from second: Int, size: String) async throws -> String {
            let file = folder.file(name).path
            try await Video.ffmpeg([
                "-ss", "\(second)", "-t", "1", "-i", Workspace.clip.path, "-vf", "scale=\(size)", file,
            ])
            return file
        }

        private func recognize(_ inputs: String..., to output: String) async throws -> Program.Outcome {
            try await Program.run(
                Programs.visage, ["recognize", material.gallery] + inputs + ["--output", folder.file(output).path])
        }

        private func names(_ place: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.file(place).path).sorted()
        }

        @Test func nothingIsOverwritten() async throws {
            let photo = folder.file("photo.jpg")
            try FileManager.default.copyItem(at: Workspace.Portrait.obama.url, to: photo)
            let video = try await video("clip.mp4", from: 28, size: "320:180")
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("clip-2.mp4").path, withDestinationPath: folder.file("nowhere").path)
            let before = [try Data(contentsOf: photo), try Data(contentsOf: URL(filePath: video))]
            for _ in 0..<2 {
                let outcome = try await recognize(photo.path, video, to: ".")
                #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
            }
            #expect(
                try names(".") == [
                    "clip-2.mp4", "clip-3.mp4", "clip-4.mp4", "clip.mp4", "photo-2.jpg", "photo-3.jpg", "photo.jpg",
                ])
            #expect([try Data(contentsOf: photo), try Data(contentsOf: URL(filePath: video))] == before)
            let size = try await Video.decoded(video)
            for name in ["clip-3.mp4", "clip-4.mp4"] {
                #expect(try await Video.decoded(folder.file(name).path) == size, "\(name)")
            }
        }

        @Test func aVideoThatChangesItsSizeGoesOnInAnotherFile() async throws {
            let parts = [
                try await video("small.ts", from: 28, size: "320:180"),
                try await video("large.ts", from: 20, size: "640:360"),
            ]
            let changing = folder.file("changing.ts")
            try parts.map { try Data(contentsOf: URL(filePath: $0)) }.reduce(Data(), +).write(to: changing)
            let outcome = try await recognize(changing.path, to: "copies")
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
            #expect(try names("copies") == ["changing-2.mp4", "changing.mp4"])
            var copied = 0
            for (part, name) in zip(parts, ["changing.mp4", "changing-2.mp4"]) {
                let copy = try await Video.decoded(folder.file("copies/\(name)").path)
                // Of two streams laid end to end, FFmpeg drops a picture at the seam.
                #expect(try await (Video.decoded(part) - 1...Video.decoded(part)).contains(copy), "\(name): \(copy)")
                copied += copy
            }
            #expect(try await Video.decoded(changing.path) == copied)
        }

        @Test func aCutVideoSpoilsNoOther() async throws {
            let cut = try await video("cut.mkv", from: 28, size: "320:180")
            try change(URL(filePath: cut)) { $0 = $0.prefix($0.count * 2 / 3) }
            let alike = try await video("alike.mp4", from: 20, size: "320:180")
            let other = try await video("other.mp4", from: 20, size: "640:360")
            let outcome = try await recognize(
                cut, alike, other, Workspace.Portrait.biden.url.path, to: "copies")
            expect(outcome, 1, "visage: ", ["cut.mkv ended early"])
            #expect(try names("copies") == ["alike.mp4", "biden.jpg", "cut.mp4", "other.mp4"])
            for (name, original) in [("alike.mp4", alike), ("other.mp4", other)] {
                let copy = try await Video.decoded(folder.file("copies/\(name)").path)
                #expect(try await Video.decoded(original) == copy, "\(name)")
            }
            #expect(try await Video.decoded(folder.file("copies/cut.mp4").path) > 5)
        }
    }
}
