import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// What `visage people` does with real photos, and what the daemon makes of it.
    @Suite struct PeopleTests {
        private let folder: ScratchFolder
        private var options: DaemonUnderTest.Options
        private var config: String { folder.file("visaged.yaml").path }
        private var faces: URL { folder.file("faces") }

        init() async throws {
            let material = try Material.get()
            folder = try ScratchFolder()
            options = DaemonUnderTest.Options(material)
            options.gallery = folder.file("gallery").path
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
            let training = try await visage("train", faces.path, "--output", options.gallery)
            try #require(training.exitCode == 0, "\(training)")
            try Data(options.configuration.utf8).write(to: URL(filePath: config))
        }

        private func people(_ words: String...) async throws -> Program.Outcome {
            try await Program.run(Programs.visage, ["people"] + words + ["--config", config])
        }

        private func files(_ path: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: faces.appending(path: path).path)) ?? []).sorted()
        }

        private var description: Data { get throws { try Data(contentsOf: folder.file("gallery/gallery.json")) } }

        @Test func aWrongNameIsNotGivenAgainInTheNextVisit() async throws {
            let first = try await DaemonUnderTest.run(options, in: folder)
            let named = try #require(first.last { $0.type == .identified && $0.name == "Barack Obama" })
            let sighting = try #require(named.sighting)
            let place = try #require(sighting.recording)
            let box = sighting.box.map { "\($0)" }.joined(separator: ",")
            let recording = folder.file("recordings/demo/\(place.file)").path
            let correction = try await people(
                "correct", "Barack Obama", "--recording", recording, "--at", "\(place.offsetMs)", "--box", box)
            #expect(correction.exitCode == 0 && correction.output.contains("this face is unknown"), "\(correction)")
            let kept = files("Barack Obama/not")
            #expect(kept.count == 1 && files(".") == ["Barack Obama", "Joe Biden"])
            let run = first.last?.run
            let second = try await DaemonUnderTest.run(options, in: folder).filter { $0.run != run }
            #expect(!second.isEmpty && second.allSatisfy { $0.name != "Barack Obama" })

            // It is somebody else.
            let other = try await people(
                "correct", "Barack Obama", "--is", "Bob", "--recording", recording, "--at", "\(place.offsetMs)",
                "--box",
                box)
            #expect(other.exitCode == 0 && other.output.contains("this face is Bob"), "\(other)")
            let runs = Set((first + second).map(\.run))
            let third = try await DaemonUnderTest.run(options, in: folder).filter { !runs.contains($0.run) }
            #expect(third.contains { $0.name == "Bob" } && third.allSatisfy { $0.name != "Barack Obama" })

            // And back.
            #expect(try await people("move", "Bob", "Barack Obama").exitCode == 0)
            #expect(try await people("remove", "Barack Obama", "not/\(kept[0])").exitCode == 0)
            #expect(files("Barack Obama/not") == [] && files(".") == ["Barack Obama", "Joe Biden"])
            let all = runs.union(third.map(\.run))
            let last = try await DaemonUnderTest.run(options, in: folder).filter { !all.contains($0.run) }
            #expect(last.contains { $0.name == "Barack Obama" })
        }

        @Test func photosThatCannotBeUsedChangeNothing() async throws {
            let before = try description
            let attacks = try HostilePictures(in: folder)
            for file in attacks.files {
                let outcome = try await people("add", "Eve", file.path)
                #expect(outcome.exitCode == 1 && outcome.complaints.count == 1, "\(file.lastPathComponent): \(outcome)")
            }
            for name in ["../Eve", ".hidden", "a/b", "unknown-1", "", "E\u{202E}ve"] {
                let outcome = try await people(
                    "add", name, Workspace.demoFaces.appending(path: "Joe Biden/biden.jpg").path)
                #expect(outcome.exitCode == 64, "\(name): \(outcome)")
            }
            #expect(try await people("remove", "Joe Biden", "biden.jpg").exitCode != 0, "the only one")
            #expect(try await people("remove", "Barack Obama", "../../gallery/gallery.json").exitCode == 1)
            #expect(try await people("rename", "Joe Biden", "Barack Obama").exitCode == 64)
            #expect(try await people("correct", "Nobody", "--photo", "x.jpg").exitCode == 1)
            #expect(try description == before && files(".") == ["Barack Obama", "Joe Biden"])
        }

        @Test func photosAreAddedMovedAndPeopleRenamed() async throws {
            let photo = faces.appending(path: "Barack Obama/obama2.jpg").path
            let bad = folder.file("bad.jpg")
            try Data("no picture".utf8).write(to: bad)
            let added = try await people("add", "Joe Biden", photo, bad.path)
            #expect(added.exitCode == 0 && added.output.contains("left out  \(bad.path)"), "\(added)")
            let new = try #require(files("Joe Biden").first { $0.hasPrefix("photo-") })
            let path = faces.appending(path: "Joe Biden/\(new)").path
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            #expect(try await people("move", "Joe Biden", "Barack Obama", new).exitCode == 0)
            #expect(files("Joe Biden") == ["biden.jpg"] && files("Barack Obama").count == 3)
            #expect(try await people("rename", "Joe Biden", "Joseph Biden").exitCode == 0)
            #expect(files(".") == ["Barack Obama", "Joseph Biden"])
            let listing = try object(try await people("list", "--json").output)
            let names = (listing["people"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
            #expect(names == ["Barack Obama", "Joseph Biden"])
        }
    }
}

/// Files that are sent in place of photos.
struct HostilePictures {
    let files: [URL]

    init(in folder: ScratchFolder) throws {
        func chunk(_ type: String, _ data: [UInt8]) -> Data {
            let count = withUnsafeBytes(of: UInt32(data.count).bigEndian) { Data($0) }
            // A checksum that is wrong: decoders look at it or not.
            return count + Data(type.utf8) + Data(data) + Data([0, 0, 0, 0])
        }
        func header(_ side: UInt32) -> Data {
            let number = withUnsafeBytes(of: side.bigEndian) { [UInt8]($0) }
            return Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
                + chunk("IHDR", number + number + [8, 2, 0, 0, 0])
        }
        let contents: [String: Data] = [
            "empty.jpg": Data(), "text.jpg": Data("#!/bin/sh\n".utf8),
            "huge.png": header(60_000) + chunk("IDAT", [0x78, 0x9C]) + chunk("IEND", []),
            "bomb.png": header(7_900) + chunk("IDAT", [0x78, 0x9C] + [UInt8](repeating: 0, count: 9))
                + chunk("IEND", []),
            "cut.jpg": try Data(contentsOf: Workspace.demoFaces.appending(path: "Joe Biden/biden.jpg")).prefix(700),
        ]
        files = try contents.sorted { $0.key < $1.key }.map { name, data in
            let file = folder.file(name)
            try data.write(to: file)
            return file
        }
    }
}
