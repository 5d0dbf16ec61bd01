import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `visage compare`: a row for every method, the fusions among them.
    @Suite(
        .enabled(
            if: ["facenet-512.pb", "ssd-res10.caffemodel"].allSatisfy {
                FileManager.default.fileExists(atPath: Workspace.models.appending(path: $0).path)
            }, "not all models are here; run `make every-model`"))
    struct CompareTests {
        /// What every row has; one that lacks a figure is not read.
        private struct Row: Decodable {
            let detector, embedder, alignment: String
            let probes, correct, noFace: Int
            let accuracy, frameMs, faceMs: Double
            let tar, similarity: [String: Double]

            var method: String { "\(detector) \(embedder) \(alignment)" }
        }

        private struct Summary: Decodable {
            let methods: [Row]
        }

        private let folder: ScratchFolder
        private let faces = Workspace.demoFaces

        init() throws { folder = try ScratchFolder() }

        @Test func aTableHasARowForEveryMethod() async throws {
            let outcome = try await visage(
                "compare", "--train", faces.path, "--probes", faces.path, "--detectors", "yunet", "ssd", "--embedders",
                "facenet-128", "facenet-128+sface", "--alignments", "eyes")
            let lines = outcome.output.split(separator: "\n").filter { $0.hasPrefix("| ") }
            #expect(outcome.exitCode == 0 && lines.count == 6, "\(outcome)")
            for (index, line) in lines.dropFirst(2).enumerated() {
                let detector = ["yunet", "ssd"][index / 2]
                let method = ["facenet-128 | eyes", "facenet-128+sface | none+five-point"][index % 2]
                #expect(line.hasPrefix("| \(detector) | \(method) | 3 of 3 |"), "\(line)")
            }
        }

        /// With one pair of different people its cosine is every figure's, and the fusion's is the mean of its parts',
        /// each with its own alignment.
        @Test func aFusionsFiguresAreThoseOfItsPartsTogether() async throws {
            for (source, name) in [("Barack Obama/obama.jpg", "Obama"), ("Joe Biden/biden.jpg", "Biden")] {
                let person = folder.file("images/\(name)")
                try FileManager.default.createDirectory(at: person, withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    at: faces.appending(path: source), to: person.appending(path: "\(name)_0001.jpg"))
            }
            let pairs = folder.file("pairs.txt")
            let fold = "Obama 1 1\nObama 1 Biden 1\n"
            try Data("2\t1\n\(fold)\(fold)".utf8).write(to: pairs)
            let outcome = try await visage(
                "compare", "--train", faces.path, "--probes", faces.path, "--pairs", pairs.path, "--images",
                folder.file("images").path, "--clip", Workspace.clip.path, "--detectors", "yunet", "--alignments",
                "none", "five-point", "--json")
            try #require(outcome.exitCode == 0, "\(outcome)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let rows = try decoder.decode(Summary.self, from: Data(outcome.output.utf8)).methods
            func row(_ method: String) throws -> Row { try #require(rows.first { $0.method == method }, "\(rows)") }

            let fusion = try row("yunet facenet-128+sface none+five-point")
            #expect(rows.count { $0.embedder == fusion.embedder } == 1)
            #expect(fusion.probes == 3 && fusion.correct == 3 && fusion.noFace == 0)
            #expect(fusion.accuracy == 1 && fusion.tar["0.001"] == 1)
            let parts = [try row("yunet facenet-128 none"), try row("yunet sface-2021dec five-point")]
            for rate in ["0.01", "0.001", "0.0001"] {
                let cosines = parts.compactMap { $0.similarity[rate] }
                let cosine = try #require(fusion.similarity[rate])
                try #require(cosines.count == 2, "\(rows)")
                // The manifest has SFace count twice.
                #expect(abs(cosine - (cosines[0] + 2 * cosines[1]) / 3) < 0.0002, "\(rows)")
            }
            // No row is another's.
            #expect(Set(rows.map { $0.similarity["0.001"] }).count == rows.count, "\(rows)")
            // Where times are taken nothing is remembered: two such networks are no match for the detector's.
            #expect(fusion.faceMs > fusion.frameMs, "\(rows)")
        }

        @Test func aFusionIsLeftOutWhereOneOfItsPartsIsNotHere() async throws {
            for name in ["manifest.json", "yunet-2023mar.onnx", "facenet-128.int8.onnx", "facenet-128.int8.weights"] {
                try FileManager.default.createSymbolicLink(
                    at: folder.file(name), withDestinationURL: Workspace.models.appending(path: name))
            }
            let outcome = try await visage(
                "compare", "--train", faces.path, "--probes", faces.path, "--detectors", "yunet", "--alignments",
                "none", "--models", folder.url.path)
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.errors.contains("facenet-128+sface is skipped"), "\(outcome)")
            let lines = outcome.output.split(separator: "\n").filter { $0.hasPrefix("| yunet ") }
            #expect(lines.count == 1 && lines.allSatisfy { $0.contains("| facenet-128 | none |") }, "\(outcome)")
        }

        @Test func anUnknownEmbedderIsNamedWithThoseThereAre() async throws {
            expect(
                try await visage("compare", "--train", faces.path, "--probes", faces.path, "--embedders", "dlib"), 1,
                "visage: ", ["`dlib`", "facenet-128+sface", "sface-2021dec"])
        }
    }
}
