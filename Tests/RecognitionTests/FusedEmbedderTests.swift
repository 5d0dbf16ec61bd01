import Foundation
import Inference
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

@Suite struct FusedEmbedderTests {
    /// Says what it is told, with a quality of its own.
    private struct Told: GalleryEmbedder {
        let values: [Float]
        let quality: Double
        let sha256: String
        var impostors: [ModelManifest.ImpostorRate] { [] }
        var origin: EmbedderOrigin {
            EmbedderOrigin(id: "told", sha256: sha256, crop: "none", standardisation: "none", precision: "f32")
        }

        func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
            guard let embedding = Embedding(normalizing: values) else { throw VisageError(.engine, "nothing") }
            return FaceSample(embedding: embedding, quality: Synthetic.quality(quality))
        }
    }

    private func fused(_ first: [Float], _ second: [Float], weights: (Double, Double)) throws -> FusedEmbedder {
        try FusedEmbedder(
            id: "both",
            parts: [
                (Told(values: first, quality: 0.7, sha256: "a"), weights.0),
                (Told(values: second, quality: 0.2, sha256: "b"), weights.1),
            ], impostors: Synthetic.curve)
    }

    private func sample(_ embedder: FusedEmbedder) throws -> FaceSample {
        try embedder.sample(Synthetic.face(), in: Pictures.plain(width: 64, height: 64, y: 100))
    }

    @Test(arguments: [(1.0, 1.0), (1.0, 3.0), (20.0, 5.0)])
    func itsCosineIsTheWeightedMeanOfTheirs(_ weights: (Double, Double)) throws {
        let one = try sample(fused([1, 0], [3, 4, 0], weights: weights))
        let other = try sample(fused([1, 1], [0, 5, 0], weights: weights))
        let expected = (weights.0 * 0.5.squareRoot() + weights.1 * 0.8) / (weights.0 + weights.1)
        #expect(abs(one.embedding.similarity(other.embedding) - expected) < 1e-6)
        #expect(one.embedding.dimension == 5 && one.quality.overall == 0.7, "the first judges the view")
    }

    @Test func whatIsInItMakesItWhatItIs() throws {
        let origin = try fused([1, 0], [1, 0], weights: (1, 1)).origin
        #expect(origin.id == "both" && origin.crop == "none+none")
        #expect(try fused([0, 1], [0, 1], weights: (1, 1)).origin == origin)
        #expect(try !fused([1, 0], [1, 0], weights: (1, 2)).origin.isCompatible(with: origin))
    }

    @Test func partsAndWeightsAreNeeded() {
        #expect(throws: VisageError.self) { try FusedEmbedder(id: "none", parts: [], impostors: []) }
        #expect(throws: VisageError.self) { try fused([1], [1], weights: (1, 0)) }
        #expect(throws: VisageError.self) { try fused([1], [1], weights: (.nan, 1)) }
    }
}
