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

    @Test func theMeanIsShorterThanWhatItIsOf() throws {
        let right = try #require(Embedding(normalizing: [1, 0]))
        let up = try #require(Embedding(normalizing: [0, 1]))
        let mean = try #require(Embedding.mean([(right, 3), (up, 4)]))
        #expect(abs(mean.length - 5.0 / 7) < 1e-6 && mean.direction.length == 1)
        // Cosine 0.6, times the root of the length.
        #expect(abs(mean.similarity(right) - 0.6 * (5.0 / 7).squareRoot()) < 1e-6)
        #expect(abs(mean.similarity(mean) - 5.0 / 7) < 1e-6)
        #expect(Embedding.mean([]) == nil)
        #expect(try #require(Embedding.mean([(right, 2), (right, 5)])).similarity(right) == 1)
    }

    @Test func aMeanOfMeansIsTheMeanOfAll() throws {
        let views = try [[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8], [0.8, 0, 0.6]].map { (raw: [Float]) in
            try #require(Embedding(normalizing: raw))
        }
        let all = try #require(Embedding.mean(views.map { ($0, 1) }))
        let one = try #require(Embedding.mean([(views[0], 1)]))
        let rest = try #require(Embedding.mean(views.dropFirst().map { ($0, 1) }))
        let again = try #require(Embedding.mean([(one, 1), (rest, 3)]))
        #expect(zip(all.values, again.values).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test(arguments: [[0, 0], [.nan, 1], [2, 0]] as [[Float]])
    func refusesWhatNoMeanCanBe(raw: [Float]) {
        #expect(Embedding(mean: raw) == nil)
    }

    @Test func neverPrintsItsValues() throws {
        let embedding = try #require(Embedding(normalizing: [3, 4]))
        #expect("\(embedding)" == "Embedding(2)")
    }
}
