import Events
import Foundation
import Publishing
import Recognition
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Names that would give orders to a terminal, and photos that would fill the memory.
    @Suite struct HostileFilesTests {
        private static let name = "Eve\u{1B}]0;owned\u{7}\u{9B}31m\u{202E}\nlearned   Mallory: 3 photos"
        private static let shown = "Eve\\u001b]0;owned\\u0007\\u009b31m\\u202e\\nlearned   Mallory: 3 photos"
        private let folder: ScratchFolder
        private var faces: URL { folder.file("faces") }
        private var gallery: String { folder.file("gallery").path }

        init() throws {
            folder = try ScratchFolder()
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
        }

        private func expectSafe(_ outcome: Program.Outcome) {
            for line in (outcome.output + outcome.errors).split(separator: "\n") {
                #expect(!line.unicodeScalars.contains(where: TerminalText.isUnprintable), "\(line)")
                #expect(!line.hasPrefix("learned   Mallory"))
            }
        }

        @Test func aFolderWithSuchANameIsRefused() async throws {
            try FileManager.default.copyItem(
                at: faces.appending(path: "Joe Biden"), to: faces.appending(path: Self.name))
            let outcome = try await visage("train", faces.path, "--output", gallery)
            expect(outcome, 1, "visage: ", [Self.shown, "unprintable character \\u001b", "rename it"])
            expectSafe(outcome)
        }

        /// As versions before the rule have made them.
        @Test func aGalleryWithSuchANameIsUsedAndShownSafely() async throws {
            let training = try await visage("train", faces.path, "--output", gallery)
            try #require(training.exitCode == 0, "\(training)")
            let file = folder.file("gallery/gallery.json")
            var description = try JSONDecoder().decode(Gallery.Description.self, from: Data(contentsOf: file))
            let index = try #require(description.people.firstIndex { $0.name == "Joe Biden" })
            description.people[index].name = Self.name
            description.checksum = try description.digest
            try JSONEncoder().encode(description).write(to: file)
            try FileManager.default.moveItem(
                at: faces.appending(path: "Joe Biden"), to: faces.appending(path: Self.name))
            let photo = faces.appending(path: Self.name).appending(path: "biden.jpg").path
            let recognized = try await visage("recognize", gallery, photo)
            #expect(recognized.exitCode == 0 && recognized.output.contains("\(Self.shown) (nearest"), "\(recognized)")
            #expect(recognized.errors.contains("Rename the folder"))
            let json = try await visage("recognize", gallery, photo, "--json")
            let answer = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(answer?["name"] as? String == Self.name)
            let evaluated = try await visage("evaluate", gallery, faces.path)
            #expect(evaluated.exitCode == 0, "\(evaluated)")
            let configuration = "state: state\ngallery: \"\(gallery)\"\ncameras: [{name: x, source: x.mp4}]\n"
            try Data(configuration.utf8).write(to: folder.file("visaged.yaml"))
            let forgotten = try await visage(
                "forget", Self.name, "--yes", "--config", folder.file("visaged.yaml").path)
            #expect(forgotten.exitCode == 0 && forgotten.output.contains(Self.shown), "\(forgotten)")
            for outcome in [recognized, json, evaluated, forgotten] { expectSafe(outcome) }
            #expect(try GalleryFile.load(URL(filePath: gallery)).people == ["Barack Obama"])
        }

        /// Files of at most 2 MB that unpack to gigabytes: the picture itself, text, a color profile, previews.
        private static let bombs = """
            import struct, sys, zlib
            def chunk(tag, data):
                return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
            def deflated(mebibytes):
                work = zlib.compressobj(9)
                return b"".join(work.compress(bytes(1 << 20)) for _ in range(mebibytes)) + work.flush()
            def png(side, more, mebibytes):
                header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
                return (b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", deflated(mebibytes))
                        + chunk(b"IEND", b""))
            big = deflated(1500)
            files = {
                "pixels.png": png(22000, b"", 1400),
                "text.png": png(300, chunk(b"zTXt", b"a\\0\\0" + big), 1),
                "profile.png": png(300, chunk(b"iCCP", b"a\\0\\0" + big), 1),
                "allowed.png": png(7900, b"", 180),
            }
            entries = b"".join(struct.pack("<HHII", 0xC000 + n, 2, 60000, 8) for n in range(4900))
            exif = b"Exif\\0\\0" + b"II*\\0" + struct.pack("<IH", 8, 4900) + entries
            exif += bytes(65533 - len(exif))
            jpeg = open(sys.argv[2], "rb").read()
            files["exif.jpg"] = jpeg[:2] + (b"\\xff\\xe1\\xff\\xff" + exif) * 20 + jpeg[2:]
            for name, data in files.items():
                open(sys.argv[1] + "/" + name, "wb").write(data)
            """
        private static let peak = """
            import resource, subprocess, sys
            code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
            print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
            """

        /// - Returns: what was printed, and the most memory in MiB.
        private func measured(_ command: String...) async throws -> (outcome: Program.Outcome, peak: Int) {
            let outcome = try await Program.run("python3", ["-c", Self.peak, Programs.visage] + command)
            let figures = outcome.output.split { $0.isWhitespace }.compactMap { Int($0) }
            try #require(figures.count == 2 && figures[0] == 0, "\(outcome)")
            return (outcome, figures[1])
        }

        @Test func photosThatUnpackToGigabytes() async throws {
            let without = try await measured("train", faces.path, "--output", gallery).peak
            let place = faces.appending(path: "Joe Biden")
            let made = try await Program.run(
                "python3", ["-c", Self.bombs, place.path, place.appending(path: "biden.jpg").path])
            try #require(made.exitCode == 0, "\(made)")
            let (outcome, peak) = try await measured("train", faces.path, "--output", folder.file("other").path)
            #expect(peak < without + 512, "\(without) MiB without them, \(peak) with them")
            #expect(outcome.errors.contains("pixels.png: unreadable: it is larger than 64 megapixels"), "\(outcome)")
            #expect(try GalleryFile.load(folder.file("other")).people.count == 2)
            for name in ["pixels.png", "text.png", "allowed.png", "exif.jpg"] {
                let file = place.appending(path: name).path
                let (code, most) = (
                    try await Program.run(
                        "python3",
                        [
                            "-c", Self.peak, Programs.visage, "recognize", gallery, file, "--output",
                            folder.file("out").path,
                        ]),
                    without + 512
                )
                let figures = code.output.split { $0.isWhitespace }.compactMap { Int($0) }
                #expect(figures.count == 2 && figures[0] == (name == "pixels.png" ? 1 : 0), "\(name): \(code)")
                #expect(figures.last ?? .max < most, "\(name): \(code)")
            }
        }
    }
}
