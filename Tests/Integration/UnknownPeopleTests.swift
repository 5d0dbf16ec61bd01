import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Unknown people have a life: from an id to a name, and out of all files again.
    @Suite struct UnknownPeopleTests {
        private let folder: ScratchFolder
        private var options: DaemonUnderTest.Options
        private var config: String { folder.file("visaged.yaml").path }
        private var faces: URL { folder.file("faces") }

        init() async throws {
            let material = try Material.get()
            folder = try ScratchFolder()
            options = DaemonUnderTest.Options(material)
            // Photos and gallery of its own, for they are changed.
            options.gallery = folder.file("gallery").path
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
            let training = try await visage("train", faces.path, "--output", options.gallery)
            try #require(training.exitCode == 0, "\(training)")
        }

        /// The stories of the newest run.
        private func run() async throws -> [Story] {
            let events = try await DaemonUnderTest.run(options, in: folder)
            let newest = events.last?.run
            let stories = Story.all(in: events.filter { $0.run == newest })
            #expect(stories.compactMap(\.problem).isEmpty)
            return stories
        }

        private func said(_ words: String...) async throws -> String {
            let outcome = try await Program.run(Programs.visage, words + ["--config", config])
            #expect(outcome.exitCode == 0, "\(outcome)")
            return outcome.output
        }

        private func isKept(_ id: String) -> Bool {
            FileManager.default.fileExists(atPath: folder.file("state/unknown/\(id)/person.json").path)
        }

        /// Files of the daemon, the photos and the gallery that hold the text.
        private func files(with text: String) -> [String] {
            let all = FileManager.default.enumerator(at: folder.url, includingPropertiesForKeys: nil)
            return (all?.compactMap { $0 as? URL } ?? []).filter { file in
                file.path.contains(text) || (try? Data(contentsOf: file))?.range(of: Data(text.utf8)) != nil
            }.map(\.path)
        }

        @Test func anUnknownPersonGetsANameAndLosesItAgain() async throws {
            let first = try await run()
            let ids = first.compactMap(\.unknownID)
            #expect(Set(ids).count == 2 && ids.allSatisfy(isKept))
            #expect(try await run().compactMap(\.unknownID) == ids, "the same in the next run")
            let list = try await said("label", "--list")
            #expect(ids.allSatisfy(list.contains))
            #expect(try await said("label", "--suggest").contains("0 suggestions"))

            let (id, other) = (ids[0], try #require(ids.first { $0 != ids[0] }))
            #expect(try await said("label", id, "Alice Liddell").contains("learned   Alice Liddell"))
            let photos = try FileManager.default.contentsOfDirectory(
                at: faces.appending(path: "Alice Liddell"), includingPropertiesForKeys: nil)
            #expect(!photos.isEmpty && !isKept(id) && isKept(other))
            for photo in photos {
                let mode = try FileManager.default.attributesOfItem(atPath: photo.path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            let named = try await run()
            #expect(named.map(\.name) == first.map { $0.unknownID == id ? "Alice Liddell" : $0.name })
            #expect(named.compactMap(\.unknownID) == ids.filter { $0 != id })
            #expect(!files(with: "Alice Liddell").isEmpty)

            #expect(
                try await Program.run(Programs.visage, ["forget", "Alice Liddell", "--config", config]).exitCode == 64,
                "nobody is there to ask")
            let report = try await said("forget", "Alice Liddell", "--yes")
            #expect(report.contains("remains") && report.contains("--events") && report.contains("--recordings"))
            _ = try await said("forget", "Alice Liddell", "--yes", "--events")
            #expect(files(with: "Alice Liddell") == [])
            let last = try await run()
            #expect(last.map(\.name) == first.map(\.name), "a stranger again, under a new number")
            let new = try #require(last.first { $0.track == first.first { $0.unknownID == id }?.track }?.unknownID)
            #expect(!ids.contains(new))

            _ = try await said("forget", new, "--yes", "--events")
            #expect(!isKept(new) && files(with: "\"\(new)\"") == [])
            #expect(try await said("label", "--list").contains(other))
        }

        @Test func whatAKilledCommandHasLeftIsFinishedByTheNext() async throws {
            let id = try #require(try await run().compactMap(\.unknownID).first)
            let views = folder.file("state/unknown/\(id)")
            let place = faces.appending(path: "Ann")
            for made in [place, faces.appending(path: ".visage-1")] {
                try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: views.path).filter { $0.hasSuffix(".jpg") }
            for name in names {
                try FileManager.default.copyItem(
                    at: views.appending(path: name), to: place.appending(path: "\(id)-\(name)"))
            }
            #expect(try await said("label", id, "Ann").contains("learned   Ann: \(names.count) photo"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).count == names.count)
            #expect(try FileManager.default.contentsOfDirectory(atPath: faces.path).count == 3 && !isKept(id))
        }

        @Test func whenTheLastPersonIsForgottenAllAreUnknown() async throws {
            _ = try await run()
            for name in ["Joe Biden", "Barack Obama"] { _ = try await said("forget", name, "--yes") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: faces.path) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: options.gallery) == ["gallery.json"])
            let ids = try await run().compactMap(\.unknownID)
            #expect(Set(ids).count == 3)
            let list = try object(try await said("label", "--list", "--json"))
            #expect((list["people"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == ids.sorted())
            #expect(try await said("label", ids[0], "Barack Obama").contains(": 1 person;"))
            #expect(try await run().compactMap(\.name) == ["Barack Obama"])
        }

        /// The daemon runs all the while.
        @Test func aRunningDaemonFollows() async throws {
            var options = options
            (options.pace, options.loop) = ("realtime", true)
            options.more = ["tracking: {lost_after: 0.5}"]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            func last(_ condition: (Event) -> Bool, after count: Int) async -> Event? {
                var found: Event?
                _ = await eventually {
                    found = daemon.collector.logged.dropFirst(count).first(where: condition)
                    return found != nil
                }
                return found
            }
            let id = try #require(await last({ $0.type == .unknown }, after: 0)?.unknownID)
            let views = folder.file("state/unknown/\(id)/view-1.jpg").path
            #expect(await eventually { FileManager.default.fileExists(atPath: views) })
            let status = try await visage("status", "--socket", daemon.socket)
            #expect(status.output.contains("unknown "), "\(status)")

            _ = try await said("label", id, "Alice Liddell")
            #expect(await last({ $0.name == "Alice Liddell" }, after: 0) != nil)
            #expect(!isKept(id))

            _ = try await said("forget", "Alice Liddell", "--yes", "--events")
            let count = daemon.collector.logged.count
            #expect(await last({ $0.type == .unknown && $0.unknownID != id }, after: count) != nil)
            let events = folder.file("state/events.db").path
            #expect((try Data(contentsOf: URL(filePath: events))).range(of: Data("Alice Liddell".utf8)) == nil)
            #expect(!daemon.collector.logged.dropFirst(count).contains { $0.name == "Alice Liddell" })
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            #expect(files(with: "Alice Liddell") == [])
        }

        @Test func whatCannotBeIsRefusedAndNothingChanges() async throws {
            let ids = try await run().compactMap(\.unknownID)
            func refusal(_ words: String...) async throws -> String {
                let outcome = try await Program.run(Programs.visage, words)
                #expect(outcome.exitCode != 0 && outcome.complaints.count == 1, "\(outcome)")
                return outcome.errors
            }
            let gallery = try Data(contentsOf: folder.file("gallery/gallery.json"))
            #expect(try await refusal("label", "unknown-999", "Ann", "--config", config).contains("no unknown-999"))
            #expect(try await refusal("label", ids[0], "../Ann", "--config", config).contains("cannot be"))
            #expect(try await refusal("label", ids[0], "--config", config).contains("a name"))
            let elsewhere = folder.file("elsewhere").path
            #expect(
                try await refusal("label", ids[0], "Ann", "--faces", elsewhere, "--config", config)
                    .contains("would be forgotten"))
            #expect(try await refusal("forget", "Nobody", "--yes", "--config", config).contains("nobody called"))
            // A view that is no picture teaches nothing.
            let place = folder.file("state/unknown/\(ids[0])")
            for file in try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
            where file.pathExtension == "jpg" {
                try Data("no picture".utf8).write(to: file)
            }
            #expect(try await refusal("label", ids[0], "Ann", "--config", config).contains("can be used"))
            #expect(try Data(contentsOf: folder.file("gallery/gallery.json")) == gallery && isKept(ids[0]))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: faces.path).sorted()
                    == ["Barack Obama", "Joe Biden"])
        }
    }
}
