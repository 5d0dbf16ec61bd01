import Pipeline
import Synchronization
import TestSupport
import Testing
import VisageCore

/// A gallery of another embedder comes into force while a camera runs.
@Suite struct EmbedderChangeTests {
    /// Another embedder sees the same people elsewhere: what it says of Ann is like nothing that the first one said.
    private struct OtherEmbedder: FaceEmbedder {
        let base: FakeEmbedder

        func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
            let sample = try base.sample(face, in: image)
            return FaceSample(embedding: Self.other(sample.embedding), quality: sample.quality)
        }

        static func other(_ embedding: Embedding) -> Embedding {
            Embedding(normalizing: embedding.values.reversed()) ?? embedding
        }
    }

    /// The gallery of the other embedder.
    private struct OtherGallery: IdentityClassifier {
        let trackThreshold = TwoPeople().trackThreshold

        func classify(_ embedding: Embedding) -> Match? { TwoPeople().classify(OtherEmbedder.other(embedding)) }
    }

    private func run(_ studio: Studio, changeAt frame: Int) async throws {
        let people = memory()
        let first = studio.recognition(unknowns: people)
        var second = studio.recognition(generation: 1, unknowns: people)
        second.embeddings = EmbeddingQueue(
            embedder: OtherEmbedder(base: FakeEmbedder(scene: studio.scene, delay: studio.embedderDelay)), width: 2)
        second.classifier = { OtherGallery() }
        let asked = Atomic(0)
        let other = second
        // It is asked for once at the start, and then before each frame.
        let pipeline = try studio.pipeline {
            asked.add(1, ordering: .relaxed).oldValue <= frame ? first : other
        }
        #expect(await studio.run(pipeline))
        #expect(asked.load(ordering: .relaxed) == studio.scene.frames + 1)
    }

    @Test func tracksEndAndTheSamePeopleAreNamedAgain() async throws {
        var studio = Studio(.ann { _ in 300 }, .stranger { _ in 700 }, frames: 120)
        studio.recorder = FakeRecorder()
        try await run(studio, changeAt: 60)
        let events = studio.ledger.events
        #expect(events.filter { $0.type == .sourceUp || $0.type == .sourceDown }.count == 2, "the camera stays open")
        #expect(studio.recorder?.interrupted == 0 && studio.recorder?.writtenCount == 120)
        let tracks = Dictionary(grouping: events.filter { $0.track != nil }) { $0.track ?? 0 }
        #expect(tracks.keys.sorted() == [1, 2, 3, 4], "numbers go on")
        for (number, events) in tracks {
            #expect(events.map(\.type).first == .appeared && events.map(\.type).last == .lost)
            #expect(events.count == 3, "no verdict is revised: track \(number): \(events.map(\.type))")
            let frames = events.compactMap { $0.frame?.number }
            #expect(number <= 2 ? frames.allSatisfy { $0 <= 60 } : frames.allSatisfy { $0 >= 60 })
        }
        #expect(events.filter { $0.type == .identified }.map(\.name) == ["Ann", "Ann"])
    }

    /// At every frame, with slow embeddings: some are under way wherever the change falls.
    @Test(arguments: [1, 2, 5, 8, 13, 20]) func embeddingsUnderWayAreDropped(frame: Int) async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 60)
        studio.embedderDelay = 5
        try await run(studio, changeAt: frame)
        let last = studio.ledger.events.filter { $0.track != nil && ($0.frame?.number ?? 0) > frame }
        #expect(last.compactMap(\.name).allSatisfy { $0 == "Ann" } && last.contains { $0.type == .identified })
        #expect(!studio.ledger.types.contains(.revised) && !studio.ledger.types.contains(.unknown))
    }
}
