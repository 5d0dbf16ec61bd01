import Evaluation
import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct BenchTests {
    @Test func percentilesAreValuesOfTheList() {
        let values = (1...100).reversed().map(Double.init)
        #expect(BenchSummary.percentile(values, 0.5) == 51 && BenchSummary.percentile(values, 0.99) == 100)
        #expect(BenchSummary.percentile([7], 0.5) == 7 && BenchSummary.percentile([], 0.99) == 0)
    }

    @Test func theFastestPassCounts() throws {
        var passes = 0
        let time = try StepsAlone.best {
            passes += 1
            return 10
        }
        #expect(passes == 5 && time >= 0)
        #expect(try StepsAlone.best { 0 } == 0, "nothing to measure")
    }

    @Test func everySizeIsMeasuredWithEachMatchingUpToTheLargest() throws {
        let scratch = try ScratchFolder()
        var rows: [MatchingBench.Row] = []
        try MatchingBench.run(dimension: 16, scratch: scratch.url, maxPeople: 7) { rows.append($0) }
        #expect(rows.map(\.people) == [5, 5, 7, 7] && rows.map(\.photos) == [15, 15, 21, 21])
        #expect(Set(rows.prefix(2).map(\.matching)) == Set(Matching.allCases.map(\.rawValue)))
        #expect(rows.allSatisfy { $0.megabytes > 0 })
    }

    @Test func syntheticPeopleAreAlikeAsPhotosOfAPersonAre() throws {
        let gallery = try Gallery.synthetic(people: 20, photos: 2, dimension: 128, matching: .nearest)
        #expect(gallery.people.count == 20 && gallery.samples.count == 40)
        #expect(Set(gallery.samples.map(\.photo)).count == 40 && gallery.samples.allSatisfy { $0.photo.count == 64 })
        func similarity(_ one: Int, _ other: Int) -> Double {
            gallery.samples[one].embedding.similarity(gallery.samples[other].embedding)
        }
        let own = (0..<20).map { similarity(2 * $0, 2 * $0 + 1) }.reduce(0, +) / 20
        let others = (0..<19).map { similarity(2 * $0, 2 * $0 + 2) }.reduce(0, +) / 19
        #expect(abs(own - 0.7) < 0.05 && abs(others) < 0.1, "\(own), \(others)")
        let again = try Gallery.synthetic(people: 20, photos: 2, dimension: 128, matching: .nearest)
        #expect(again.samples.map(\.embedding) == gallery.samples.map(\.embedding))
    }
}
