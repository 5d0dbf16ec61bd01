import Foundation
import Recognition
import TestSupport
import Testing

extension IntegrationTests {
    /// `visage train`, and the commands that measure what came of it.
    @Suite struct TrainingTests {
        private let folder: ScratchFolder
        private var faces: URL { folder.file("faces") }
        private var gallery: URL { folder.file("gallery") }

        init() throws {
            folder = try ScratchFolder()
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: folder.file("faces"))
        }

        private func train(_ more: String...) async throws -> Program.Outcome {
            try await Program.run(
                Programs.visage, ["train", faces.path, "--output", gallery.path] + more)
        }

        /// The gallery's files.
        private func contents() throws -> [String: Data] {
            try FileManager.default.contentsOfDirectory(atPath: gallery.path).reduce(into: [:]) {
                files, name in
                files[name] = try Data(contentsOf: gallery.appending(path: name))
            }
        }

        /// A picture of the clip.
        private func still(at second: Double, _ file: URL) async throws {
            try await Video.ffmpeg([
                "-ss", "\(second)", "-i", Workspace.clip.path, "-frames:v", "1", file.path,
            ])
        }

        @Test func aPhotoIsEmbeddedOnce() async throws {
            let first = try await train()
            #expect(first.exitCode == 0 && first.complaints.isEmpty, "\(first)")
            #expect(first.output.contains("2 people, 3 photos (0 known from before)"))
            let before = try contents()
            let again = try await train()
            #expect(again.output.contains("2 people, 3 photos (3 known from before)"), "\(again)")
            #expect(try contents() == before)

            try await still(at: 10.5, faces.appending(path: "Joe Biden/another.png"))
            let more = try await train()
            #expect(more.output.contains("2 people, 4 photos (3 known from before)"), "\(more)")
        }

        @Test func aGalleryIsPrivate() async throws {
            #expect(try await train().exitCode == 0)
            for name in try FileManager.default.contentsOfDirectory(atPath: gallery.path) {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: gallery.appending(path: name).path)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
            #expect(
                Set(try FileManager.default.contentsOfDirectory(atPath: folder.url.path)) == [
                    "faces", "gallery",
                ])
        }

        @Test func theReportIsOnePrivatePageWithFaces() async throws {
            try FileManager.default.moveItem(
                at: faces.appending(path: "Joe Biden"), to: faces.appending(path: "Joe <b>&\"Biden\""))
            #expect(try await train().exitCode == 0)
            let page = folder.file("report/report.html")
            let outcome = try await Program.run(
                Programs.visage,
                [
                    "evaluate", gallery.path, faces.path, "--strangers", faces.path, "--report",
                    folder.file("report").path,
                ])
            #expect(outcome.exitCode == 0, "\(outcome)")
            let text = try String(contentsOf: page, encoding: .utf8)
            #expect(text.contains("Joe &lt;b&gt;&amp;&quot;Biden&quot;") && !text.contains("<b>"))
            #expect(text.components(separatedBy: "src=\"data:image/jpeg;base64,").count - 1 == 3)
            #expect(text.contains("<svg") && !text.contains("http"), "it needs nothing from elsewhere")
            #expect(try FileManager.default.attributesOfItem(atPath: page.path)[.posixPermissions] as? Int == 0o600)
        }

        @Test func tablesArePrivateAndTheirFieldsWhole() async throws {
            #expect(try await train().exitCode == 0)
            // A quote with an accent upon it is a quote to who reads the table.
            let name = "Joe \"\u{301}, Biden"
            try FileManager.default.moveItem(
                at: faces.appending(path: "Joe Biden"), to: faces.appending(path: name))
            let report = folder.file("report")
            let outcome = try await visage("evaluate", gallery.path, faces.path, "--report", report.path)
            expect(outcome, 0, "visage: ", ["nobody in \(gallery.path) is called \(name): "])
            let table = report.appending(path: "answers.csv")
            let text = try String(contentsOf: table, encoding: .utf8)
            #expect(text.utf8.split(separator: 10).count == 4)
            #expect(
                Array(text.unicodeScalars).firstRange(of: Array("\"Joe \"\"\u{301}, Biden\"".unicodeScalars)) != nil)
            #expect(try FileManager.default.attributesOfItem(atPath: table.path)[.posixPermissions] as? Int == 0o600)
            let page = try String(contentsOf: report.appending(path: "report.html"), encoding: .utf8)
            #expect(Array(page.unicodeScalars).firstRange(of: Array("Joe &quot;\u{301}, Biden/".unicodeScalars)) != nil)
            #expect(Array(page.unicodeScalars).firstRange(of: Array("Joe \"".unicodeScalars)) == nil)
        }

        @Test func aGalleryOfNobodyKnowsNobody() async throws {
            #expect(try await train().exitCode == 0)
            try GalleryFile.write(GalleryFile.load(gallery).emptied, to: gallery)
            let report = folder.file("report")
            let outcome = try await visage("evaluate", gallery.path, faces.path, "--report", report.path)
            #expect(outcome.exitCode == 0 && outcome.complaints.count == 2, "\(outcome)")
            #expect(outcome.output.contains("3 unknown, 0 wrong, 0 without a face"), "\(outcome)")
            #expect(outcome.output.contains("biden.jpg: unknown\n"), "\(outcome)")
            let table = try String(contentsOf: report.appending(path: "answers.csv"), encoding: .utf8)
            #expect(table.contains("biden.jpg,Joe Biden,unknown,,,"), "\(table)")
        }

        @Test func theNearestPhotoNeedsNoSVM() async throws {
            let outcome = try await train("--matching", "nearest", "--strangers", faces.path)
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.output.contains("left out  Joe Biden: a stranger who is in the gallery"))
            #expect(try contents().keys.sorted() == ["embeddings.bin", "gallery.json"])
            let evaluation = try await Program.run(
                Programs.visage, ["evaluate", gallery.path, faces.path, "--json"])
            #expect(evaluation.output.contains("\"accuracy\":1,"), "\(evaluation)")
        }

        @Test func photosThatCannotBeUsedAreListedWithTheReason() async throws {
            let biden = faces.appending(path: "Joe Biden")
            try Data().write(to: biden.appending(path: "empty.jpg"))
            try Data("no picture\n".utf8).write(to: biden.appending(path: "text.jpg"))
            let photo = try Data(contentsOf: biden.appending(path: "biden.jpg"))
            try photo.prefix(1_000).write(to: biden.appending(path: "cut.jpg"))
            try await still(at: 0, biden.appending(path: "wall.png"))
            try await still(at: 30, biden.appending(path: "three.png"))
            try FileManager.default.createDirectory(
                at: faces.appending(path: "Nobody"), withIntermediateDirectories: false)
            try Data().write(to: faces.appending(path: "Nobody/empty.jpg"))
            for _ in 0..<2 {
                let outcome = try await train()
                #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
                for (name, reason) in [
                    ("empty.jpg", "unreadable"), ("text.jpg", "unreadable"), ("cut.jpg", "unreadable"),
                    ("wall.png", "no face"), ("three.png", "3 faces"),
                ] {
                    let line = outcome.output.split(separator: "\n").first { $0.contains("Biden/\(name): ") }
                    #expect(
                        line?.hasPrefix("left out  ") == true && line?.contains(reason) == true, "\(outcome)")
                }
                #expect(outcome.output.contains("left out  Nobody: no usable photo"))
                #expect(outcome.output.contains("learned   Joe Biden: 1 photo\n"))
                #expect(outcome.output.contains("2 people, 3 photos"))
            }
        }

        @Test func evaluateAndVerifyPrintTheDocumentedKeys() async throws {
            #expect(try await train().exitCode == 0)
            let evaluate = ["evaluate", gallery.path, faces.path, "--json"]
            let plain = try await Program.run(Programs.visage, evaluate)
            #expect(plain.exitCode == 0 && plain.complaints.isEmpty, "\(plain)")
            let evaluation = try object(plain.output)
            let keys: Set = [
                "people", "photos", "correct", "accuracy", "unknown", "wrong", "no_face", "threshold",
            ]
            #expect(Set(evaluation.keys) == keys)
            #expect(evaluation["correct"] as? Int == 3 && evaluation["people"] as? Int == 2)

            let strangers = folder.file("strangers/An Astronaut")
            try FileManager.default.createDirectory(at: strangers, withIntermediateDirectories: true)
            try await still(at: 10.5, strangers.appending(path: "portrait.png"))
            let others = try await Program.run(
                Programs.visage, evaluate + ["--strangers", strangers.deletingLastPathComponent().path])
            let judged = try object(others.output)
            #expect(Set(judged.keys) == keys.union(["tpir", "fpir", "strangers"]))
            #expect(judged["tpir"] as? Int == 1 && judged["fpir"] as? Int == 0)

            let verification = try await verify()
            #expect(
                Set(verification.keys) == [
                    "pairs", "accuracy_mean", "accuracy_stderr", "tar", "impostors", "no_face",
                ])
            #expect((verification["tar"] as? [String: Any])?.keys.sorted() == ["0.0001", "0.001", "0.01"])
            #expect(verification["pairs"] as? Int == 12 && verification["accuracy_mean"] as? Int == 1)
        }

        /// Twelve pairs, laid out as LFW is.
        private func verify() async throws -> [String: Any] {
            let images = folder.file("images")
            for (source, name) in [
                ("Barack Obama/obama.jpg", "Obama/Obama_0001.jpg"),
                ("Barack Obama/obama2.jpg", "Obama/Obama_0002.jpg"),
                ("Joe Biden/biden.jpg", "Biden/Biden_0001.jpg"),
            ] {
                let file = images.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.copyItem(at: faces.appending(path: source), to: file)
            }
            let fold = "Obama 1 2\nObama 2 1\nObama 1 2\nObama 1 Biden 1\nObama 2 Biden 1\nBiden 1 Obama 1\n"
            let pairs = folder.file("pairs.txt")
            try Data("2\t3\n\(fold)\(fold)".utf8).write(to: pairs)
            let outcome = try await visage(
                "verify", pairs.path, images.path, "--json", "--report", folder.file("report").path)
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
            let table = folder.file("report/pairs.csv").path
            #expect(try FileManager.default.attributesOfItem(atPath: table)[.posixPermissions] as? Int == 0o600)
            return try object(outcome.output)
        }
    }
}
