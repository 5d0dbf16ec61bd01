import Dispatch
import Foundation
import Inference
import Synchronization
import TestSupport
import Testing
import VisageCore

/// The two networks of the default set-up on both engines. Serialised: FaceNet is large.
@Suite(.enabled(if: Workspace.hasModels, "\(Workspace.needsModels)"), .serialized) struct EngineTests {
    static let face = NetworkInput(width: 160, height: 160, layout: .planarFloats)
    static let picture = NetworkInput(width: 320, height: 192, layout: .interleavedBytes)
    static let detectorOutputs = ["cls", "obj", "bbox", "kps"].flatMap { kind in
        [8, 16, 32].map { "\(kind)_\($0)" }
    }

    private func model(_ id: String) throws -> Model { try ModelStore(folder: Workspace.models).model(id) }

    /// Smooth waves, like a standardised picture, different for each seed.
    static func fillWithWaves(_ bytes: UnsafeMutableRawBufferPointer, seed: Int = 0) {
        let floats = bytes.bindMemory(to: Float.self)
        for index in floats.indices {
            floats[index] =
                sin(Float(index % 160) / Float(9 + seed)) + cos(Float(index / 160) / Float(13 + seed))
        }
    }

    static func fillWithNoise(_ bytes: UnsafeMutableRawBufferPointer) {
        var random = SeededRandom(3)
        for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) }
    }

    @Test func outputsComeInTheOrderAskedFor() throws {
        let model = try model("yunet-2023mar")
        let engine = try OpenVINOEngine(precision: .f32, concurrency: 1)
        let all = try engine.load(model, input: Self.picture, outputs: Self.detectorOutputs)
            .run { Self.fillWithNoise($0) }
        let two = try engine.load(model, input: Self.picture, outputs: ["kps_32", "cls_8"])
            .run { Self.fillWithNoise($0) }
        #expect(two == [all[11], all[0]])
    }

    @Test func anUnknownOutputIsRefusedWithThoseThereAre() throws {
        let engine = try OpenVINOEngine(concurrency: 1)
        #expect {
            _ = try engine.load(model("yunet-2023mar"), input: Self.picture, outputs: ["cls_64"])
        } throws: { error in
            (error as? VisageError)?.code == .model && "\(error)".contains("`cls_64`")
                && "\(error)".contains("cls_32")
        }
    }

    @Test(arguments: ["openvino", "opencv"]) func unknownOutputsNeverRun(name: String) throws {
        let engine: any InferenceEngine =
            name == "openvino" ? try OpenVINOEngine(concurrency: 1) : try OpenCVEngine(concurrency: 1)
        #expect {
            _ = try engine.load(model("yunet-2023mar"), input: Self.picture, outputs: ["cls_64"])
                .run { Self.fillWithNoise($0) }
        } throws: { $0 is VisageError }
    }

    /// Four threads on two requests, each with an input of its own.
    @Test(arguments: ["openvino", "opencv"]) func threadsGetTheirOwnNumbers(name: String) throws {
        let engine: any InferenceEngine =
            name == "openvino"
            ? try OpenVINOEngine(precision: .f32, concurrency: 2) : try OpenCVEngine(concurrency: 2)
        let network = try engine.load(model("facenet-128"), input: Self.face, outputs: ["embedding"])
        let expected = try (0..<4).map { seed in try network.run { Self.fillWithWaves($0, seed: seed) } }
        #expect(Set(expected).count == 4)
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { seed in
            for _ in 0..<4 {
                let found = try? network.run { Self.fillWithWaves($0, seed: seed) }
                if found != expected[seed] { wrong.withLock { $0 += 1 } }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
    }

    @Test func whatTheCallerThrowsComesThroughAndDoesNoHarm() throws {
        struct Refusal: Error {}
        let network = try OpenVINOEngine(precision: .f32, concurrency: 1)
            .load(model("yunet-2023mar"), input: Self.picture, outputs: Self.detectorOutputs)
        let before = try network.run { Self.fillWithNoise($0) }
        #expect(throws: Refusal.self) { _ = try network.run { _ in throw Refusal() } }
        #expect(try network.run { Self.fillWithNoise($0) } == before)
    }

    @Test func theEngineSaysInWhatItCounts() throws {
        #expect(try OpenVINOEngine(precision: .f32, concurrency: 1).precision == "f32")
        #expect(["f32", "bf16"].contains(try OpenVINOEngine(concurrency: 1).precision))
        #expect(try OpenCVEngine(concurrency: 1).precision == "f32")
    }
}
