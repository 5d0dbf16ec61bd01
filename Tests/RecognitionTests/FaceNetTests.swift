import Detection
import Foundation
import Imaging
import Inference
import Recognition
import TestSupport
import Testing
import VisageCore

@Suite(.enabled(if: Workspace.hasModels && Workspace.hasMaterial, "\(Workspace.needsMaterial)"), .serialized)
struct FaceNetTests {
    private func reader(_ engine: any InferenceEngine) throws -> PhotoReader {
        let store = try ModelStore(folder: Workspace.models)
        var options = DetectorOptions()
        options.square = true
        let detector = try DetectorKind.yunet.detector(options, store: store) { _ in engine }
        return PhotoReader(
            detector: detector, coarse: detector,
            embedder: try NetworkEmbedder(store.model("facenet-128"), engine: engine), minimumScore: 0.6)
    }

    private func sample(_ reader: PhotoReader, _ portrait: Workspace.Portrait) throws -> FaceSample {
        try reader.read(Data(contentsOf: portrait.url), choice: .single).sample
    }

    @Test func onePersonIsAlikeAndTwoAreNot() throws {
        let reader = try reader(OpenVINOEngine(concurrency: 2))
        let obama = try sample(reader, .obama)
        let obama2 = try sample(reader, .obama2)
        let biden = try sample(reader, .biden)
        #expect(obama.embedding.dimension == 128)
        #expect(obama.embedding.similarity(obama2.embedding) > 0.7)
        #expect(obama.embedding.similarity(biden.embedding) < 0.35)
        #expect(obama2.embedding.similarity(biden.embedding) < 0.35)
        #expect([obama, obama2, biden].allSatisfy { $0.quality.overall > 0.5 && $0.quality.overall <= 1 })

        // 4.5 s into the clip a portrait that is neither of these two hangs alone in view, filmed at an angle.
        let filmed = try reader.read(Workspace.clipFrame(second: 4.5), choice: .single).sample.embedding
        #expect(filmed.similarity(obama.embedding) > 0.6 && filmed.similarity(obama2.embedding) > 0.6)
        #expect(filmed.similarity(biden.embedding) < 0.35)
    }

    @Test func bothEnginesSeeTheSamePerson() throws {
        let one = try sample(reader(OpenVINOEngine(precision: .f32, concurrency: 1)), .biden)
        let other = try sample(reader(OpenCVEngine(concurrency: 2)), .biden)
        #expect(one.embedding.similarity(other.embedding) > 0.9999)
        #expect(abs(one.quality.overall - other.quality.overall) < 0.01)
    }

    /// A gallery that was made in one precision is good in every other.
    @Test(arguments: ["facenet-128", "sface-2021dec"]) func quantizedEmbeddingsCompareWithTheOthers(id: String) throws {
        let model = try ModelStore(folder: Workspace.models).model(id)
        let plain = try NetworkEmbedder(model, engine: OpenVINOEngine(precision: .f32, concurrency: 1))
        let engine = try OpenVINOEngine(concurrency: 1)
        let quantized = try NetworkEmbedder(model.variant(for: engine), engine: engine)
        #expect(quantized.origin.precision == "int8" && quantized.origin.isCompatible(with: plain.origin))
        for portrait in [Workspace.Portrait.obama, .obama2, .biden] {
            let samples = try [plain, quantized].map { embedder in
                let picture = try Photo.decode(Data(contentsOf: portrait.url))
                return try embedder.sample(#require(try face(in: picture)), in: picture)
            }
            #expect(samples[0].embedding.similarity(samples[1].embedding) > 0.985)
            #expect(abs(samples[0].quality.overall - samples[1].quality.overall) < 0.05)
        }
    }

    private func face(in picture: PixelBuffer) throws -> Face? {
        let store = try ModelStore(folder: Workspace.models)
        let engine = try OpenVINOEngine(precision: .f32, concurrency: 1)
        return try DetectorKind.yunet.detector(DetectorOptions(), store: store) { _ in engine }.detect(in: picture)
            .first
    }

    @Test func whatMadeAnEmbeddingIsRecorded() throws {
        let store = try ModelStore(folder: Workspace.models)
        let embedder = try NetworkEmbedder(
            store.model("facenet-128"), engine: OpenVINOEngine(precision: .f32, concurrency: 1))
        #expect(embedder.origin.sha256 == (try store.model("facenet-128").sha256))
        #expect(embedder.origin.precision == "f32" && embedder.impostors.count >= 2)
        #expect(embedder.origin.crop == "none" && embedder.origin.standardisation == "per-image")
    }
}

@Suite struct FaceQualityTests {
    private let frame = Pictures.plain(width: 640, height: 480, y: 100)

    /// A face of 120 pixels whose nose stands `turn` to the side, in parts of the distance between the eyes.
    private func face(_ x: Double = 200, size: Double = 120, turn: Double = 0, score: Double = 0.95) -> Face {
        func point(_ across: Double, _ down: Double) -> Point {
            Point(x: x + across * size, y: 150 + down * size)
        }
        return Face(
            box: BoundingBox(x: x, y: 150, width: size, height: size),
            landmarks: Landmarks(
                rightEye: point(0.3, 0.35), leftEye: point(0.7, 0.35), nose: point(0.5 + 0.4 * turn, 0.57),
                rightMouth: point(0.35, 0.75), leftMouth: point(0.65, 0.75)),
            score: score)
    }

    private func overall(_ face: Face) -> Double { FaceQuality(of: face, in: frame).overall }

    @Test func aLargeFrontalFaceIsPerfect() { #expect(overall(face()) > 0.99) }

    @Test func whatIsWorseIsWorth() {
        let good = overall(face())
        #expect(overall(face(size: 50)) < good && overall(face(size: 20)) == 0)
        #expect(overall(face(turn: 0.3)) < good && overall(face(turn: 0.5)) < overall(face(turn: 0.3)))
        #expect(overall(face(score: 0.5)) < good)
        #expect(overall(face(-40)) < 0.3 * good, "cut by the frame's edge")
        #expect(overall(Face(box: face().box, landmarks: nil, score: 0.95)) < good)
    }

    @Test func isAlwaysWithinZeroAndOne() {
        let strange = [
            face(-500), face(size: 0), face(turn: 50), face(score: 7), face(size: 1e6),
            Face(box: BoundingBox(x: 0, y: 0, width: -5, height: 9), landmarks: nil, score: -3),
        ]
        for face in strange { #expect((0...1).contains(overall(face))) }
    }
}
