import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// What `visage forget` and its neighbors do when things are not as they should be.
    @Suite struct ForgetTests {
        private let folder: ScratchFolder
        private var options: DaemonUnderTest.Options
        private var config: String { folder.file("visaged.yaml").path }
        private var faces: URL { folder.file("faces") }

        init() async throws {
            folder = try ScratchFolder()
            options = DaemonUnderTest.Options(try Material.get())
            options.gallery = folder.file("gallery").path
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
            let training = try await visage("train", faces.path, "--output", options.gallery)
            try #require(training.exitCode == 0, "\(training)")
        }

        private func write(_ options: DaemonUnderTest.Options) throws {
            try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: true)
            try Data(options.configuration.utf8).write(to: URL(filePath: config))
        }

        private func said(_ words: String...) async throws -> String {
            let outcome = try await Program.run(Programs.visage, words + ["--config", config])
            #expect(outcome.exitCode == 0, "\(outcome)")
            return outcome.output
        }

        /// Types what an earlier command has advised.
        private func follow(_ advice: String, _ more: String = "") async throws {
            let line = advice.replacing("visage forget", with: "'\(Programs.visage)' forget") + more
            let outcome = try await Program.run("sh", ["-c", line])
            #expect(outcome.exitCode == 0, "\(line): \(outcome)")
        }

        private func advice(in text: String, _ command: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("    \(command) ") }.map(String.init)
        }

        private func recordings() throws -> [URL] {
            try FileManager.default.contentsOfDirectory(
                at: folder.file("recordings/demo"), includingPropertiesForKeys: nil)
        }

        /// As if the last second were long ago.
        private func complete() throws {
            for file in try recordings() {
                try FileManager.default.setAttributes([.modificationDate: Date() - 60], ofItemAtPath: file.path)
            }
        }

        private func isTold(_ text: String) -> Bool {
            let log = ["events.db", "events.db-wal"].map { folder.file("state/\($0)") }
            return log.contains { (try? Data(contentsOf: $0))?.range(of: Data(text.utf8)) != nil }
        }

        @Test func recordingsAreFoundWhenTheyAreComplete() async throws {
            _ = try await DaemonUnderTest.run(options, in: folder)
            let text = try await said("forget", "Barack Obama", "--yes", "--events", "--recordings")
            #expect(text.contains("being written") && text.contains("rewritten 0 events"), "\(text)")
            #expect(try isTold("Barack Obama") && recordings().count == 1)
            let commands = advice(in: text, "visage forget")
            #expect(commands.count == 1, "\(text)")
            try complete()
            for command in commands { try await follow(command, " --yes") }
            #expect(try !isTold("Barack Obama") && recordings().isEmpty)
        }

        @Test func whatNoEventTellsAnyMoreIsNamed() async throws {
            _ = try await DaemonUnderTest.run(options, in: folder)
            try complete()
            let text = try await said("forget", "Barack Obama", "--yes", "--events")
            #expect(!isTold("Barack Obama"))
            let commands = advice(in: text, "rm")
            #expect(try commands.count == 1 && recordings().count == 1, "\(text)")
            for command in commands { try await follow(command) }
            #expect(try recordings().isEmpty)
        }

        @Test func aFirstAdviceIsGoodToo() async throws {
            _ = try await DaemonUnderTest.run(options, in: folder)
            try complete()
            let commands = advice(in: try await said("forget", "Barack Obama", "--yes"), "visage forget")
            #expect(commands.count == 1 && isTold("Barack Obama"), "\(commands)")
            for command in commands { try await follow(command, " --yes") }
            #expect(try !isTold("Barack Obama") && recordings().isEmpty)
        }

        @Test func aNameIsNoPath() async throws {
            try write(options)
            let precious = folder.file("precious/photos")
            try FileManager.default.createDirectory(at: precious, withIntermediateDirectories: true)
            for name in ["../precious", "..", ".", "", "a/../b"] {
                let outcome = try await visage("forget", name, "--yes", "--config", config)
                expect(outcome, 64, "visage: ", ["`\(name)` cannot be the name of a person"])
            }
            #expect(FileManager.default.fileExists(atPath: precious.path))
            #expect(try FileManager.default.contentsOfDirectory(atPath: faces.path).count == 2)
        }

        /// Another command at work is a lock that this process holds.
        @Test func oneCommandAtATime() async throws {
            try write(options)
            let descriptor = open(faces.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(descriptor) }
            let train = ["train", faces.path, "--output", options.gallery]
            let forget = ["forget", "Joe Biden", "--yes", "--config", config]
            try #require(flock(descriptor, LOCK_SH) == 0)
            #expect(try await Program.run(Programs.visage, train).exitCode == 0, "two may read")
            expect(try await Program.run(Programs.visage, forget), 1, "visage: ", ["works on \(faces.path)"])
            try #require(flock(descriptor, LOCK_EX) == 0)
            expect(try await Program.run(Programs.visage, train), 1, "visage: ", ["works on \(faces.path)"])
            try #require(flock(descriptor, LOCK_UN) == 0)
            #expect(try await Program.run(Programs.visage, forget).exitCode == 0)
        }

        @Test func withoutAGalleryUnknownPeopleCanBeSeenAndForgotten() async throws {
            var options = options
            options.gallery = ""
            let ids = Set(try await DaemonUnderTest.run(options, in: folder).compactMap(\.unknownID)).sorted()
            try #require(ids.count == 3)
            #expect(try await said("label", "--list").split(separator: "\n").count == 3)
            #expect(try await said("label", "--suggest").contains("0 suggestions"))
            for words in [["label", ids[0], "Ann"], ["forget", "Ann", "--yes"]] {
                let outcome = try await Program.run(Programs.visage, words + ["--config", config])
                expect(outcome, 78, "visage: ", ["has no gallery"])
            }
            let place = folder.file("state/unknown/\(ids[0])")
            try Data("{".utf8).write(to: place.appending(path: "person.json"))
            #expect(try await said("forget", ids[0], "--yes").contains("removed   \(place.path)"))
            #expect(!FileManager.default.fileExists(atPath: place.path), "damaged, but gone all the same")
            #expect(try await said("forget", ids[1], "--yes").contains("removed   \(ids[1])"))
            #expect(try await said("label", "--list").split(separator: "\n").count == 1)
        }

        @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"))
        func rootIsToldWhoCannotReadTheGallery() async throws {
            try FileManager.default.createDirectory(at: folder.file("daemon"), withIntermediateDirectories: true)
            try #require(chown(folder.file("daemon").path, 65_534, 65_534) == 0)
            let gallery = folder.file("daemon/gallery").path
            let outcome = try await visage("train", faces.path, "--output", gallery)
            #expect(outcome.exitCode == 0 && outcome.complaints.count == 1, "\(outcome)")
            let cure = try #require(outcome.errors.split(separator: ": run ").last?.split(separator: ",").first)
            try await follow(String(cure))
            let attributes = try FileManager.default.attributesOfItem(atPath: gallery + "/gallery.json")
            #expect(attributes[.ownerAccountID] as? Int == 65_534)
            #expect(try await visage("train", faces.path, "--output", options.gallery).complaints.isEmpty)
        }
    }
}
