import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// `visage still`: frames of a fragmented recording.
    @Suite struct StillTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        /// A recording of 20 s at 10 frames a second, with key frames seconds apart; each frame is one gray, brighter than
        /// the one before.
        private func recording() async throws -> String {
            let file = folder.file("gray.mp4").path
            let outcome = try await Program.run(
                "ffmpeg",
                [
                    "-v", "error", "-f", "lavfi", "-i",
                    "color=black:s=64x64:r=10:d=20,format=yuv420p,geq=lum=20+N:cb=128:cr=128",
                    "-c:v", "libx264", "-qp", "4", "-g", "35", "-bf", "2", "-movflags",
                    "frag_every_frame+delay_moov+default_base_moof", file,
                ])
            try #require(outcome.exitCode == 0, "\(outcome)")
            return file
        }

        /// The number of the frame, by its gray.
        private func number(_ picture: String) async throws -> Double {
            let raw = folder.file("gray.raw").path
            let outcome = try await Program.run(
                "ffmpeg", ["-v", "error", "-y", "-i", picture, "-pix_fmt", "gray", "-f", "rawvideo", raw])
            try #require(outcome.exitCode == 0, "\(outcome)")
            let pixels = try Data(contentsOf: URL(filePath: raw))
            let mean = Double(pixels.reduce(0) { $0 + Int($1) }) / Double(pixels.count)
            // From the full range of JPEG to that of video.
            return mean * 219 / 255 + 16 - 20
        }

        @Test func framesAreThoseOfTheTime() async throws {
            let (file, picture) = (try await recording(), folder.file("still.jpg").path)
            // At the beginning, in the first group, behind the place from which fragments are left out, and at the end.
            for frame in [0, 17, 99, 104, 139, 140, 150, 199] {
                let outcome = try await visage("still", file, "--at", "\(frame * 100)", "--output", picture)
                #expect(outcome.exitCode == 0 && outcome.output.isEmpty, "\(outcome)")
                let found = try await number(picture)
                #expect(abs(found - Double(frame)) < 0.75, "frame \(found) instead of \(frame)")
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: picture)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }

        @Test func whatIsNotThereIsSaid() async throws {
            let (file, picture) = (try await recording(), folder.file("none.jpg").path)
            for (words, says) in [
                ([file, "--at", "30000", "--box", "1,1,9,9"], "no picture at 30000 ms"),
                ([file, "--at", "100", "--box", "500,1,9,9"], "the face is not in the picture"),
                ([folder.file("no.mp4").path, "--at", "1"], "cannot be read"),
            ] {
                let outcome = try await Program.run(Programs.visage, ["still"] + words + ["--output", picture])
                expect(outcome, 1, "visage: ", [says])
                #expect(access(picture, F_OK) != 0)
            }
        }
    }
}
