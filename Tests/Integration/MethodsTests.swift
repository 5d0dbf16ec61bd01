import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// Detectors, embedders and alignments beside the default ones, through the real programs.
    @Suite(
        .enabled(
            if: ["facenet-512.pb", "ssd-res10.caffemodel", "mtcnn-onet.onnx"].allSatisfy {
                FileManager.default.fileExists(atPath: Workspace.models.appending(path: $0).path)
            }, "not all models are here; run `make every-model`"))
    struct MethodsTests {
        private let folder: ScratchFolder
        private let faces = Workspace.demoFaces.path
        private var gallery: String { folder.file("gallery").path }

        init() throws { folder = try ScratchFolder() }

        private func origin() throws -> [String: Any] {
            let data = try Data(contentsOf: folder.file("gallery/gallery.json"))
            return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        }

        /// What a gallery was made with, everybody uses without being told.
        @Test func theGallerySaysWithWhat() async throws {
            let training = try await visage(
                "train", faces, "--output", gallery, "--embedder", "sface-2021dec", "--alignment", "eyes",
                "--detector", "ssd")
            #expect(training.exitCode == 0, "\(training)")
            let embedder = try #require(try origin()["embedder"] as? [String: Any])
            #expect(embedder["id"] as? String == "sface-2021dec" && embedder["crop"] as? String == "eyes")
            #expect((try origin()["detector"] as? [String: Any])?["id"] as? String == "ssd-res10")
            let evaluation = try await visage("evaluate", gallery, faces, "--json")
            #expect(evaluation.output.contains("\"correct\":3"), "\(evaluation)")
            let answer = try await visage("recognize", gallery, Workspace.Portrait.biden.url.path)
            #expect(answer.output.contains(": Joe Biden"), "\(answer)")
            for detector in ["yunet", "mtcnn"] {
                let other = try await visage("evaluate", gallery, faces, "--json", "--detector", detector)
                #expect(other.output.contains("\"correct\":3"), "\(other)")
            }
            try Data(
                """
                state: state
                gallery: gallery
                events: {socket: events.sock}
                frames: {folder: .}
                recording: {enabled: false}
                detection: {detector: mtcnn}
                cameras: [{name: door, source: \(Workspace.clip.path)}]
                """.utf8
            ).write(to: folder.file("visaged.yaml"))
            let check = try await Program.run(
                Programs.visaged, ["--config", folder.file("visaged.yaml").path, "--check"])
            #expect(check.exitCode == 0, "\(check)")
        }

        @Test func aGalleryWhoseEmbedderIsNotHereIsRefusedInOneLine() async throws {
            let training = try await visage("train", faces, "--output", gallery, "--embedder", "facenet-512")
            #expect(training.exitCode == 0, "\(training)")
            let models = try models { _ in }
            try FileManager.default.removeItem(at: models.appending(path: "facenet-512.pb"))
            expect(
                try await visage("evaluate", gallery, faces, "--models", models.path), 1, "visage: ",
                ["was made with facenet-512", "is missing", "visage models fetch facenet-512"])
            _ = try self.models { $0.removeAll { $0["id"] as? String == "facenet-512" } }
            expect(
                try await visage("evaluate", gallery, faces, "--models", models.path), 1, "visage: ",
                ["was made with facenet-512", "manifest does not have"])
        }

        /// OpenFace's entry, with a Torch file of our own in place of the one that nobody may pass on.
        @Test func aTorchFileThatTheUserBrings() async throws {
            let weights: [[Float]] = (0..<128).map { row -> [Float] in
                (0..<27).map { column -> Float in Float((column * 31 + row * 17) % 13 - 6) }
            }
            let pooling: [String: TorchFile.Value] = [
                "kW": .number(32), "kH": .number(32), "dW": .number(32), "dH": .number(32), "padW": .number(0),
                "padH": .number(0), "ceil_mode": .boolean(false), "count_include_pad": .boolean(true),
                "divide": .boolean(true),
            ]
            let linear: [String: TorchFile.Value] = [
                "weight": .matrix(weights), "bias": .vector([Float](repeating: 0, count: 128)),
            ]
            let modules: [TorchFile.Value] = [
                .module("nn.SpatialAveragePooling", pooling), .module("nn.Linear", linear),
            ]
            let file = TorchFile(.module("nn.Sequential", ["modules": .list(modules)])).data
            let name = "openface_nn4.small2.v1.t7"
            let sum = try await Program.run("sha256sum", [try store(file)])
            let models = try models { entries in
                guard let index = entries.firstIndex(where: { $0["id"] as? String == "openface" }) else { return }
                let described: [String: Any] = [
                    "file": name, "sha256": String(sum.output.prefix(64)), "bytes": file.count,
                    "brought": "look for it",
                ]
                let impostors: [[String: Double]] = [
                    ["far": 0.01, "similarity": 0.9], ["far": 0.001, "similarity": 0.95],
                ]
                entries[index]["files"] = [described]
                entries[index]["impostors"] = impostors
            }
            let missing = try await visage("models", "list", "--models", models.path)
            #expect(missing.output.contains("\nfacenet-128+sface (default embedder)\n"), "\(missing)")
            #expect(missing.output.contains("openface, missing") && missing.output.contains(models.path + "/" + name))
            expect(
                try await visage(
                    "train", faces, "--output", gallery, "--embedder", "openface", "--models", models.path), 1,
                "visage: ", ["openface is not here", "look for it"])

            try file.write(to: models.appending(path: name))
            let training = try await visage(
                "train", faces, "--output", gallery, "--embedder", "openface", "--models", models.path)
            #expect(training.exitCode == 0 && training.output.contains("2 people, 3 photos"), "\(training)")
            #expect((try origin()["embedder"] as? [String: Any])?["crop"] as? String == "eyes")
            let evaluation = try await visage("evaluate", gallery, faces, "--json", "--models", models.path)
            #expect(evaluation.exitCode == 0 && evaluation.output.contains("\"no_face\":0"), "\(evaluation)")
        }

        @Test(arguments: [
            ["train", "faces", "--output", "gallery", "--detector", "haar"],
            ["train", "faces", "--output", "gallery", "--alignment", "sideways"], ["compare"],
            ["compare", "--train", "faces"], ["compare", "--pairs", "pairs.txt"],
        ])
        func wrongUsageIs64(_ arguments: [String]) async throws {
            expect(try await Program.run(Programs.visage, arguments), 64, "visage: ", ["--help"])
        }

        @Test func anUnknownEmbedderIsNamedWithThoseThereAre() async throws {
            expect(
                try await visage("train", faces, "--output", gallery, "--embedder", "dlib"), 1, "visage: ",
                ["`dlib`", "facenet-128", "sface-2021dec"])
        }

        private func store(_ data: Data) throws -> String {
            try data.write(to: folder.file("file.t7"))
            return folder.file("file.t7").path
        }

        /// A models folder with links to all files and a changed manifest.
        private func models(_ change: (inout [[String: Any]]) -> Void) throws -> URL {
            let models = folder.url.appending(path: "models", directoryHint: .isDirectory)
            try? FileManager.default.removeItem(at: models)
            try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
            let source = Workspace.models
            for name in try FileManager.default.contentsOfDirectory(atPath: source.path)
            where name.contains(".") && name != "manifest.json" && !name.hasSuffix(".t7") {
                try FileManager.default.createSymbolicLink(
                    at: models.appending(path: name), withDestinationURL: source.appending(path: name))
            }
            let data = try Data(contentsOf: source.appending(path: "manifest.json"))
            var manifest = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            var entries = try #require(manifest["models"] as? [[String: Any]])
            change(&entries)
            manifest["models"] = entries
            try JSONSerialization.data(withJSONObject: manifest).write(to: models.appending(path: "manifest.json"))
            return models
        }
    }
}
