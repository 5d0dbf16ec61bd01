import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// `visage tracks` on the people of the demonstration, who come and go side by side.
    @Suite struct TracksTests {
        private struct Answer: Decodable {
            struct Truth: Decodable {
                var stays: Int
                var tracks: Int
                var idf1: Double
                var identities: Int
                var shared: Int
                var wrongNames: Int
                var switches: [Switch]

                enum CodingKeys: String, CodingKey {
                    case stays, tracks, idf1, identities, shared, switches
                    case wrongNames = "wrong_names"
                }
            }
            struct Switch: Decodable { var person: String }
            struct Track: Decodable {
                var track: Int
                var name: String?
                var recognisable: Double?
                var waited: Double
            }
            var footage: String
            var truth: Truth?
            var tracks: [Track]
        }

        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func answers(_ outcome: Program.Outcome) throws -> [Answer] {
            try #require(outcome.exitCode == 0, "\(outcome)")
            return try outcome.output.split(separator: "\n").map {
                try JSONDecoder().decode(Answer.self, from: Data($0.utf8))
            }
        }

        @Test func peopleWhoComeAndGoKeepTheirIdentity() async throws {
            let films = folder.file("films")
            try FileManager.default.createDirectory(at: films, withIntermediateDirectories: true)
            for (name, second) in [("Barack Obama", 4.5), ("astronaut", 9.5), ("man in a car", 15)] {
                try await Video.ffmpeg([
                    "-ss", "\(second)", "-t", "1.2", "-i", Workspace.clip.path, "-vf", "crop=480:600:400:60",
                    films.appending(path: "\(name).mp4").path,
                ])
            }
            try FileManager.default.copyItem(
                at: Workspace.Portrait.biden.url, to: films.appending(path: "Joe Biden.jpg"))
            let outcome = try await visage(
                "tracks", films.path, "--together", "2", "--seconds", "40", "--gallery", Material.get().gallery,
                "--views", folder.file("views").path, "--json")
            let answer = try #require(try answers(outcome).first)
            let truth = try #require(answer.truth)
            #expect(truth.stays >= 6 && truth.switches.isEmpty && truth.idf1 >= 0.98, "\(outcome)")
            #expect(truth.shared == 0 && truth.wrongNames == 0 && truth.identities == 4, "\(outcome)")
            let named = answer.tracks.filter { $0.name != nil }
            #expect(Set(named.compactMap(\.name)) == ["Barack Obama", "Joe Biden"])
            for track in named {
                #expect(track.recognisable != nil && track.waited <= 1, "\(track)")
            }
            let views = try FileManager.default.contentsOfDirectory(atPath: folder.file("views").path)
            #expect(views.count == answer.tracks.count, "\(views)")
            let mode =
                try FileManager.default.attributesOfItem(
                    atPath: folder.file("views").appending(path: views.first ?? "").path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }

        @Test func ofAnyVideoItTellsTheTracksEachTimeTheSame() async throws {
            func tracks() async throws -> Program.Outcome {
                try await visage("tracks", Material.get().cut, "--gallery", Material.get().gallery, "--json")
            }
            let outcome = try await tracks()
            #expect(try await tracks().output == outcome.output)
            let answer = try #require(try answers(outcome).first)
            #expect(answer.truth == nil && answer.tracks.count == 3)
            #expect(answer.tracks.compactMap(\.name) == ["Barack Obama"])
        }

        @Test func whatCannotBePlayedIsNamed() async throws {
            let missing = try await visage("tracks", folder.file("none").path)
            #expect(missing.exitCode == 1 && missing.errors == "visage: There is no \(folder.file("none").path)\n")
            let few = try await visage("tracks", Workspace.demoFaces.path, "--together", "8")
            #expect(few.exitCode == 64 && few.errors.contains("8 at a time take films of more people"), "\(few)")
            let wrong = try await visage("tracks", Workspace.clip.path, "--seconds", "nan")
            #expect(wrong.exitCode == 64, "\(wrong)")
        }
    }
}
