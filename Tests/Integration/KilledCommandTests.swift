import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Commands that are killed at any moment. The gallery is then the old or the new one, and the same command, given
    /// once more, comes to the end.
    @Suite struct KilledCommandTests {
        /// Kills of each command.
        private static let kills =
            ProcessInfo.processInfo.environment["VISAGE_KILLS"].flatMap { Int($0) } ?? 6

        private let home: CommandHome
        private var content: CommandHome.Content { .init(disk: home.disk) }
        private let old = ["Barack Obama", "Joe Biden"]

        init() async throws { home = try await CommandHome() }

        /// Kills the command at moments spread evenly over the time that it takes, and then lets it finish.
        /// - Parameters:
        ///   - people: of the gallery that the command makes.
        ///   - check: after the command has finished.
        private func kill(_ command: [String], making people: [String], _ check: () throws -> Void) async throws {
            try await home.restore()
            let start = MonotonicTime.now
            let whole = try await Program.run(Programs.visage, command)
            try #require(whole.exitCode == 0, "\(whole)")
            let duration = MonotonicTime.now - start
            var results: [[String]] = []
            for number in 1...Self.kills {
                try await home.restore()
                let begun = MonotonicTime.now
                let program = try Program(Programs.visage, command)
                await letPass(duration * Double(number) / Double(Self.kills), since: begun)
                program.signal(SIGKILL)
                _ = try await program.wait()
                let found = try content.gallery("gallery").people
                #expect(found == old || found == people, "\(found)")
                results.append(found)
                let next = try await Program.run(Programs.visage, command)
                // What had been done needs no doing again.
                #expect(next.exitCode == 0 || next.errors.contains("There is no"), "\(next)")
                #expect(try content.gallery("gallery").people == people)
                let hidden = content.files(under: ".").filter {
                    $0.path.contains("/.visage-") || $0.path.contains(".new-")
                }
                #expect(hidden.isEmpty, "\(hidden)")
                try check()
            }
            #expect(results.contains(old), "no kill came before the end")
        }

        @Test func train() async throws {
            let (faces, gallery) = (home.disk.appending(path: "faces"), home.disk.appending(path: "gallery"))
            try await kill(["train", faces.path, "--output", gallery.path], making: ["Ada"] + old) {}
        }

        @Test func label() async throws {
            // Ada's photos are in the way of nothing here, but would be learned too.
            for place in [home.seed, home.disk] {
                try FileManager.default.removeItem(at: place.appending(path: "faces/Ada"))
            }
            let id = home.ids[0]
            try await kill(["label", id, "Ann", "--config", home.config], making: ["Ann"] + old) {
                #expect(content.files(under: "state/unknown/\(id)").isEmpty)
                #expect(!content.files(under: "faces/Ann").isEmpty)
            }
        }

        @Test func forget() async throws {
            for place in [home.seed, home.disk] {
                try FileManager.default.removeItem(at: place.appending(path: "faces/Ada"))
            }
            let command = ["forget", "Barack Obama", "--yes", "--events", "--config", home.config]
            try await kill(command, making: ["Joe Biden"]) {
                #expect(content.files(with: "Barack Obama").isEmpty, "\(content.files(with: "Barack Obama"))")
            }
        }
    }
}
