import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// Command lines, folders and files that `visage` cannot use.
    @Suite struct BadCommands {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        @Test(arguments: [
            ["nonsense"], ["train"], ["tail", "--nonsense"], ["tail", "--type", "party"],
            ["tail", "--since", "-1"],
            ["train", "faces", "--output", "gallery", "--false-names", "2"],
            ["train", "faces", "--output", "gallery", "--false-names", "0"],
            ["train", "faces", "--output", "gallery", "--engine", "steam"], ["models", "nonsense"],
            ["bench", "--people", "0"], ["bench", "--people=-5"], ["bench", "--people", "1"],
            ["bench", "--cameras", "0"], ["bench", "--cameras", "2", "--people", "5"],
            ["bench", "--cameras", "1", "--seconds", "0"], ["bench", "--recording", "tape"],
        ])
        func wrongUsageIs64(_ arguments: [String]) async throws {
            expect(try await Program.run(Programs.visage, arguments), 64, "visage: ", ["--help"])
        }

        @Test(arguments: [["--nonsense"], ["nonsense"], ["--config"]])
        func wrongUsageOfTheDaemonIs64(_ arguments: [String]) async throws {
            expect(try await Program.run(Programs.visaged, arguments), 64, "visaged: ", ["--help"])
        }

        @Test func aMissingConfigurationIs78() async throws {
            let outcome = try await Program.run(
                Programs.visaged, ["--config", folder.file("none.yaml").path])
            expect(outcome, 78, "visaged: ", ["none.yaml cannot be read"])
        }

        @Test func checkSaysWhatWouldBeWrong() async throws {
            let file = folder.file("visaged.yaml")
            var options = DaemonUnderTest.Options(material)
            try Data(options.configuration.utf8).write(to: file)
            let good = try await Program.run(Programs.visaged, ["--config", file.path, "--check"])
            #expect(good.exitCode == 0 && good.output.hasSuffix("visaged.yaml: OK\n"), "\(good)")
            options.source = folder.file("film.mp4").path
            try Data(options.configuration.utf8).write(to: file)
            let bad = try await Program.run(Programs.visaged, ["--config", file.path, "--check"])
            expect(bad, 1, "visaged: ", ["There is no file"])
        }

        @Test func theConfigurationInUseIsPrinted() async throws {
            let file = folder.file("visaged.yaml")
            try Data(DaemonUnderTest.Options(material).configuration.utf8).write(to: file)
            let printed = try await Program.run(Programs.visaged, ["--config", file.path, "--print-config"])
            #expect(printed.exitCode == 0 && printed.errors.isEmpty, "\(printed)")
            #expect(printed.output.contains("  keep_days: 30\n"), "a default: \(printed)")
            try Data(printed.output.utf8).write(to: file)
            let again = try await Program.run(Programs.visaged, ["--config", file.path, "--print-config"])
            #expect(again.output == printed.output)
            let both = try await Program.run(Programs.visaged, ["--check", "--print-config"])
            expect(both, 64, "visaged: ", ["cannot be used together"])
        }

        @Test func checkNamesEveryProblem() async throws {
            let file = folder.file("visaged.yaml")
            try Data(
                """
                state: visaged.yaml/state
                gallery: nobody
                events: {socket: events.sock}
                frames: {folder: .}
                recording: {folder: visaged.yaml/recordings}
                cameras:
                  - {name: webcam, source: /dev/no-such-camera}
                  - {name: file, source: film.mp4}
                  - {name: network, source: "rtsp://joe@127.0.0.1/x", password_file: secret}
                """.utf8
            ).write(to: file)
            let outcome = try await Program.run(Programs.visaged, ["--config", file.path, "--check"])
            #expect(outcome.exitCode == 78, "the password file is a matter of configuration: \(outcome)")
            #expect(outcome.complaints.count == 6 && outcome.complaints.allSatisfy { $0.hasPrefix("visaged: ") })
            for part in [
                "visaged.yaml/state", "nobody", "visaged.yaml/recordings", "camera webcam",
                "camera file: There is no file",
                "camera network: the password file",
            ] {
                #expect(outcome.errors.contains(part), "\(part) in \(outcome)")
            }
        }

        private func fails(_ arguments: String..., says: String..., leaves gallery: Bool = false) async throws {
            let outcome = try await Program.run(Programs.visage, arguments)
            expect(outcome, 1, "visage: ", says)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(left.contains("gallery") == gallery && !left.contains { $0.hasPrefix(".") }, "\(left)")
        }

        @Test func facesThatTeachNothing() async throws {
            let (faces, gallery) = (folder.file("faces"), folder.file("gallery").path)
            try await fails("train", faces.path, "--output", gallery, says: "faces is not a folder")
            try FileManager.default.createDirectory(at: faces, withIntermediateDirectories: false)
            try await fails("train", faces.path, "--output", gallery, says: "faces holds nobody")
            let person = faces.appending(path: "Jane Doe")
            try FileManager.default.createDirectory(at: person, withIntermediateDirectories: false)
            try await fails("train", faces.path, "--output", gallery, says: "faces holds nobody")
            try Data().write(to: person.appending(path: "a.jpg"))
            try Data("text".utf8).write(to: person.appending(path: "b.jpg"))
            try await fails(
                "train", faces.path, "--output", gallery, says: "None of the 2 photos can be used",
                "a.jpg: unreadable")
        }

        @Test func placesThatAreNoGallery() async throws {
            let faces = Workspace.demoFaces.path
            let file = folder.file("file")
            try Data("mine".utf8).write(to: file)
            try await fails(
                "train", faces, "--output", folder.url.path, says: "is not a gallery and will not be replaced"
            )
            try await fails(
                "train", faces, "--output", file.path, says: "is not a gallery and will not be replaced")
            try await fails("train", faces, "--output", file.path + "/gallery", says: "cannot be written")
            #expect(try Data(contentsOf: file) == Data("mine".utf8))
            try await fails("evaluate", folder.file("none").path, faces, says: "There is no gallery at")
        }

        /// Said before the photos are looked at: here there are none.
        @Test func placesThatCannotBeWritten() async throws {
            let faces = folder.file("missing").path
            let file = folder.file("file")
            try Data("mine".utf8).write(to: file)
            for place in [file.path + "/x", "/proc/x"] {
                try await fails("train", faces, "--output", place, says: "\(place) cannot be written")
                try await fails("adapt", faces, "--output", place, says: "\(place) cannot be written")
                try await fails(
                    "adapt", faces, "--output", folder.file("head").path, "--report", place,
                    says: "adapt.html cannot be written")
            }
            for place in [folder.file("head").path + "/", folder.url.path] {
                try await fails("adapt", faces, "--output", place, says: "is a folder's name")
            }
            try await fails(
                "adapt", faces, "--output", folder.file("new/head.json").path, says: "missing is not a folder")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
        }

        @Test func benchMeasuresTheNumberGiven() async throws {
            let outcome = try await visage("bench", "--people", "6")
            let rows = outcome.output.split(separator: "\n").dropFirst(2)
            #expect(outcome.exitCode == 0 && rows.count == 4, "\(outcome)")
            #expect(rows.map { $0.split(separator: " ")[1] } == ["5", "5", "6", "6"], "\(outcome)")
        }

        @Test func galleriesAndModelsThatDoNotFit() async throws {
            let gallery = folder.file("gallery")
            try FileManager.default.copyItem(at: URL(filePath: material.gallery), to: gallery)
            try change(gallery.appending(path: "embeddings.bin")) { $0[40] ^= 1 }
            try await fails(
                "evaluate", gallery.path, Workspace.demoFaces.path, says: "is damaged: embeddings.bin",
                leaves: true)
            var options = DaemonUnderTest.Options(material)
            try change(copyModels(for: &options, in: folder.url, "facenet-128.int8.onnx")) {
                $0[$0.count - 1] ^= 0x80
            }
            try await fails(
                "train", Workspace.demoFaces.path, "--output", gallery.path, "--models",
                folder.file("models").path,
                says: "Model facenet-128 is damaged", "visage models fetch", leaves: true)
        }

        @Test func filesToAskAboutThatAreNotThere() async throws {
            let missing = folder.file("missing").path
            let pairs = folder.file("pairs.txt")
            try await fails("verify", missing, missing, says: "The pairs file", "cannot be read")
            try Data("1 1\nA 1 2\nwhat is this line\n".utf8).write(to: pairs)
            try await fails("verify", pairs.path, missing, says: "pairs.txt, line 3: neither")
            try await fails("recognize", material.gallery, missing, says: missing)
            try await fails("evaluate", material.gallery, missing, says: "missing is not a folder")
            // Said before anything else is looked at, and not after an hour's work.
            for command in ["evaluate", "verify"] {
                try await fails(
                    command, missing, missing, "--report", pairs.appending(path: "report").path,
                    says: "pairs.txt/report/", "cannot be written")
            }
        }
    }
}
