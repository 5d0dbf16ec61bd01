import Detection
import Foundation
import Imaging
import Inference
import Recognition
import Storage
import TestSupport
import Testing
import VisageCore

/// OpenFace's entry with a Torch file that the test writes in place of the one that nobody may pass on.
@Suite struct BroughtEmbedderTests {
    private let folder: ScratchFolder
    private var file: URL { folder.file("openface_nn4.small2.v1.t7") }

    /// Averages red, green and blue over the whole input into the first three numbers; the others are 0.
    private static let averages: TorchFile = {
        let rows = (0..<128).map { row in (0..<3).map { Float($0 == row ? 1 : 0) } }
        return TorchFile(
            .module(
                "nn.Sequential",
                [
                    "train": .boolean(false),
                    "modules": .list([
                        .module(
                            "nn.SpatialAveragePooling",
                            [
                                "kW": .number(96), "kH": .number(96), "dW": .number(1), "dH": .number(1),
                                "padW": .number(0), "padH": .number(0), "ceil_mode": .boolean(false),
                                "count_include_pad": .boolean(true), "divide": .boolean(true),
                            ]),
                        .module(
                            "nn.Linear", ["weight": .matrix(rows), "bias": .vector([Float](repeating: 0, count: 128))]),
                    ]),
                ]))
    }()

    init() throws {
        folder = try ScratchFolder()
        try FileManager.default.copyItem(
            at: Workspace.models.appending(path: "manifest.json"), to: folder.file("manifest.json"))
    }

    /// Puts a file where the user would, and its checksum into the manifest.
    private func bring(_ data: Data) throws -> Model {
        let asked = try ModelStore(folder: folder.url).model("openface").sha256
        try data.write(to: file)
        let manifest = folder.file("manifest.json")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        try text.replacing(asked, with: FileDigest.sha256(of: data)).write(
            to: manifest, atomically: true, encoding: .utf8)
        return try ModelStore(folder: folder.url).model("openface")
    }

    private let face = Face(
        box: BoundingBox(x: 60, y: 40, width: 80, height: 100),
        landmarks: Landmarks(
            rightEye: Point(x: 80, y: 80), leftEye: Point(x: 120, y: 80), nose: Point(x: 100, y: 100),
            rightMouth: Point(x: 85, y: 120), leftMouth: Point(x: 115, y: 120)), score: 0.9)

    /// What the manifest says of the input is what the network gets: red first, 0...1, all 96 x 96 of them.
    @Test func colorsComeAsTheManifestSays() throws {
        let embedder = try NetworkEmbedder(bring(Self.averages.data), engine: OpenCVEngine(concurrency: 2))
        #expect(embedder.origin.id == "openface" && embedder.origin.crop == "eyes")
        // Red 255, green and blue 0, in BT.601; then a color between.
        for (y, cb, cr, expected) in [
            (UInt8(81), UInt8(90), UInt8(240), [1.0, 0, 0]), (UInt8(145), UInt8(54), UInt8(34), [0, 1, 0]),
            (UInt8(180), UInt8(128), UInt8(128), [0.577, 0.577, 0.577]),
        ] {
            let picture = Pictures.plain(width: 200, height: 200, y: y, cb: cb, cr: cr)
            let values = try embedder.sample(face, in: picture).embedding.values
            #expect(values.count == 128 && values.dropFirst(3).allSatisfy { abs($0) < 1e-5 })
            for (value, wanted) in zip(values, expected) { #expect(abs(Double(value) - wanted) < 0.02) }
        }
    }

    /// Of a picture that is white below the eyes only, the template's share above the eyes stays black.
    @Test func eyesComeWhereTheTemplateHasThem() throws {
        let embedder = try NetworkEmbedder(bring(Self.averages.data), engine: OpenCVEngine(concurrency: 2))
        // Red to the left of the right eye, green elsewhere: the eye stands at 0.277 of the crop's width.
        let picture = Pictures.picture(
            width: 200, height: 200, luma: { x, _ in x < 80 ? 81 : 145 }, cb: { x, _ in x < 40 ? 90 : 54 },
            cr: { x, _ in x < 40 ? 240 : 34 })
        let values = try embedder.sample(face, in: picture).embedding.values
        #expect(abs(Double(values[0] / (values[0] + values[1])) - 0.277) < 0.02)
    }

    @Test func withoutTheFileItSaysWhereToPutIt() throws {
        let model = try ModelStore(folder: folder.url).model("openface")
        #expect(!model.isHere)
        #expect {
            _ = try NetworkEmbedder(model, engine: OpenCVEngine(concurrency: 2))
        } throws: { error in
            let text = "\(error)"
            return (error as? VisageError)?.code == .model && text.contains(file.path)
                && text.contains("no registry has it") && !text.contains("models fetch")
        }
    }

    @Test func whatIsNoTorchFileIsRefused() throws {
        for data in [Data("not a network".utf8), Self.averages.data.prefix(700), Data()] {
            let model = try bring(data)
            #expect {
                _ = try NetworkEmbedder(model, engine: OpenCVEngine(concurrency: 2))
            } throws: { ($0 as? VisageError)?.exitCode == 1 && "\($0)".contains("openface") }
            try FileManager.default.removeItem(at: folder.file("manifest.json"))
            try FileManager.default.copyItem(
                at: Workspace.models.appending(path: "manifest.json"), to: folder.file("manifest.json"))
        }
    }

    /// Another network of the same kind, with fewer numbers than the entry promises.
    @Test func aNetworkThatIsNotWhatTheEntrySaysIsRefused() throws {
        let short = TorchFile(
            .module(
                "nn.Sequential",
                [
                    "modules": .list([
                        .module(
                            "nn.Linear",
                            [
                                "weight": .matrix([[Float](repeating: 1, count: 3 * 96 * 96)]), "bias": .vector([0]),
                            ])
                    ])
                ]))
        let model = try bring(short.data)
        #expect {
            _ = try NetworkEmbedder(model, engine: OpenCVEngine(concurrency: 2))
        } throws: { "\($0)".contains("promises 128") }
    }
}
