import Foundation
import Inference
import Storage
import TestSupport
import Testing
import VisageCore

@Suite struct ModelStoreTests {
    /// The manifest is committed: it is there with or without the models.
    @Test func theShippedManifestSaysWhatTheProgramsNeed() throws {
        let manifest = try ModelStore(folder: Workspace.models).manifest
        #expect(manifest.schema == 1)
        #expect(Set(manifest.models.map(\.id)).count == manifest.models.count)
        #expect(
            Set(manifest.models.filter(\.isDefault).map(\.id)) == [
                "yunet-2023mar", "facenet-128", "sface-2021dec",
            ])
        // A fusion's parts come with it, and one is the default.
        let fusions = manifest.fusions ?? []
        #expect(fusions.count(where: \.isDefault) == 1)
        for fusion in fusions {
            #expect(fusion.impostors.count >= 2 && fusion.parts.count >= 2)
            for part in fusion.parts {
                let model = manifest.models.first { $0.id == part.id }
                #expect(model?.task == "embed" && (model?.isDefault == true || !fusion.isDefault))
            }
        }
        for model in manifest.models {
            #expect(["detect", "embed"].contains(model.task))
            #expect(!model.files.isEmpty && !model.license.isEmpty && !model.outputs.isEmpty)
            #expect(model.input.shape.count == 4 && ["rgb", "bgr"].contains(model.input.color))
            #expect(Set(model.engines).isSubset(of: ["openvino", "opencv"]))
            for file in model.files {
                #expect(file.sha256.count == 64 && file.sha256.allSatisfy(\.isHexDigit) && file.bytes > 0)
            }
            // Both engines read a layout by its letters; an embedder's input and crop are all that describes it.
            #expect(["NCHW", "NHWC", "NWHC"].contains(model.input.layout))
            if model.task == "embed" {
                #expect(model.input.width > 0 && model.input.width == model.input.height && model.crop != nil)
            }
        }
        // Nobody has measured the one that each user brings.
        for embedder in manifest.models where embedder.task == "embed" && embedder.id != "openface" {
            for alignment in ["none", "eyes", "five-point"] {
                let rates = embedder.impostors(alignment: alignment)
                #expect(rates.count >= 2, "the stranger rule needs a curve")
                let byRate = rates.sorted { $0.far < $1.far }
                #expect(zip(byRate, byRate.dropFirst()).allSatisfy { $0.similarity > $1.similarity })
            }
        }
    }

    @Test func anUnknownModelIsRefusedWithThoseThereAre() throws {
        let store = try ModelStore(folder: Workspace.models)
        #expect {
            _ = try store.model("facenet-64")
        } throws: { error in
            let text = "\(error)"
            return (error as? VisageError)?.code == .model && text.contains("`facenet-64`")
                && text.contains("facenet-128") && text.contains("yunet-2023mar")
        }
    }

    @Test func aFolderWithoutManifestIsNamed() throws {
        let folder = try ScratchFolder()
        #expect {
            _ = try ModelStore(folder: folder.url)
        } throws: { error in
            isOneLine(error, about: folder.file("manifest.json"), saying: "name the folder that holds manifest.json")
        }
    }

    @Test(arguments: [
        ("{\"schema\": 1}", "`models` is missing"), ("{\"schema\": 1, \"models\": [{\"id\": 3}]}", "models[0].id: "),
        ("{\"schema\": 1, \"mod", "JSON"), ("", "JSON"),
    ]) func aManifestThatIsNoneIsNamed(text: String, what: String) throws {
        let folder = try ScratchFolder()
        try Data(text.utf8).write(to: folder.file("manifest.json"))
        #expect {
            _ = try ModelStore(folder: folder.url)
        } throws: {
            isOneLine($0, about: folder.file("manifest.json"), saying: what)
        }
    }

    /// Says which file and what, in words for people.
    private func isOneLine(_ error: any Error, about file: URL, saying what: String) -> Bool {
        let text = "\(error)"
        return (error as? VisageError)?.code == .model && text.contains(file.path) && text.contains(what)
            && !["\n", "Error Domain", "DecodingError", "UserInfo"].contains(where: text.contains)
    }
}

/// A store of its own with YuNet in it, to damage.
@Suite(.enabled(if: Workspace.hasModels, "\(Workspace.needsModels)")) struct ModelFileTests {
    private let folder: ScratchFolder
    private let file: URL

    init() throws {
        folder = try ScratchFolder()
        file = folder.file("yunet-2023mar.onnx")
        try Data(contentsOf: Workspace.models.appending(path: "manifest.json")).write(
            to: folder.file("manifest.json"))
        try Data(contentsOf: Workspace.models.appending(path: "yunet-2023mar.onnx")).write(to: file)
    }

    private func model() throws -> Model { try ModelStore(folder: folder.url).model("yunet-2023mar") }

    @Test func aWholeModelIsAccepted() throws {
        try model().verify()
        #expect(try model().sha256 == FileDigest.sha256(of: file))
    }

    @Test func oneFlippedByteIsRefused() throws {
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
        #expect {
            try model().verify()
        } throws: { error in
            let text = "\(error)"
            return (error as? VisageError)?.code == .model && text.contains("yunet-2023mar is damaged")
                && text.contains(file.path) && text.contains("visage models fetch yunet-2023mar")
        }
    }

    @Test func aModelCutShortIsRefused() throws {
        try Data(contentsOf: file).prefix(100_000).write(to: file)
        #expect { try model().verify() } throws: { "\($0)".contains("is damaged") }
    }

    @Test func aMissingFileSaysHowToGetIt() throws {
        try FileManager.default.removeItem(at: file)
        #expect {
            try model().verify()
        } throws: { error in
            let text = "\(error)"
            return (error as? VisageError)?.code == .model && text.contains("\(file.path) is missing")
                && text.contains("visage models fetch yunet-2023mar")
        }
    }

    /// What passes the checksum is trusted, but an engine must survive a file that is no network.
    @Test(arguments: ["openvino", "opencv"]) func enginesRefuseWhatIsNoNetwork(name: String) throws {
        try Data("not a network".utf8).write(to: file)
        let engine: any InferenceEngine =
            name == "openvino" ? try OpenVINOEngine(concurrency: 1) : try OpenCVEngine(concurrency: 1)
        let input = NetworkInput(width: 320, height: 192, layout: .interleavedBytes)
        #expect {
            _ = try engine.load(model(), input: input, outputs: ["cls_8"])
        } throws: { ($0 as? VisageError)?.code == .model && "\($0)".contains("yunet-2023mar") }
    }
}
