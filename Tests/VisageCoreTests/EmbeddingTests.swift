import Testing
import VisageCore

@Suite struct EmbeddingTests {
    @Test func normalizesToUnitLength() throws {
        let embedding = try #require(Embedding(normalizing: [3, 4]))
        #expect(embedding.values == [0.6, 0.8])
        #expect(abs(embedding.similarity(embedding) - 1) < 1e-6)
    }

    @Test(arguments: [[0, 0], [.nan, 1], [.infinity, 1]] as [[Float]])
    func refusesWhatHasNoDirection(raw: [Float]) {
        #expect(Embedding(normalizing: raw) == nil)
    }

    @Test func fusesByWeight() throws {
        let right = try #require(Embedding(normalizing: [1, 0]))
        let up = try #require(Embedding(normalizing: [0, 1]))
        let fused = try #require(Embedding.fuse([(right, 3), (up, 4)]))
        #expect(abs(fused.similarity(right) - 0.6) < 1e-6)
        #expect(Embedding.fuse([]) == nil)
    }

    @Test func neverPrintsItsValues() throws {
        let embedding = try #require(Embedding(normalizing: [3, 4]))
        #expect("\(embedding)" == "Embedding(2)")
    }
}
