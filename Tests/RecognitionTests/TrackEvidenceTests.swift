import Recognition
import TestSupport
import Testing
import VisageCore

/// The nearest of some people, by cosine.
struct NearestClassifier: IdentityClassifier {
    var people: [(name: String, centre: Embedding)]
    var threshold = 0.5

    func classify(_ embedding: Embedding) -> Match? {
        let ranked = people.map { (name: $0.name, similarity: $0.centre.similarity(embedding)) }
            .sorted { $0.similarity > $1.similarity }
        guard let best = ranked.first else { return nil }
        return Match(
            name: best.name, probability: 0.9, similarity: best.similarity,
            margin: ranked.count > 1 ? best.similarity - ranked[1].similarity : nil,
            accepted: best.similarity >= threshold)
    }
}

@Suite struct TrackEvidenceTests {
    private let classifier = NearestClassifier(people: [
        ("Ann", Synthetic.view(0, 0, spread: 0)), ("Bob", Synthetic.view(1, 0, spread: 0)),
    ])

    private func sample(_ person: Int, _ view: Int, quality: Double = 0.6, spread: Float = 0.3) -> FaceSample {
        FaceSample(
            embedding: Synthetic.view(person, view, spread: spread), quality: Synthetic.quality(quality))
    }

    private func judge(_ evidence: inout TrackEvidence, _ milliseconds: Int) -> Bool {
        evidence.judge(
            at: .milliseconds(milliseconds), by: classifier, threshold: 0.5, unknownID: { _ in "unknown-1" })
    }

    @Test func withoutASampleThereIsNoVerdict() {
        var evidence = TrackEvidence(firstSeen: .zero)
        #expect(!judge(&evidence, 60_000) && evidence.verdict == nil)
    }

    @Test func twoGoodViewsMakeAName() {
        var evidence = TrackEvidence(firstSeen: .zero)
        _ = evidence.add(sample(0, 1))
        #expect(!judge(&evidence, 100))
        _ = evidence.add(sample(0, 2))
        #expect(judge(&evidence, 200))
        #expect(evidence.verdict?.identity == .person("Ann") && evidence.verdict?.samples == 2)
        #expect(!judge(&evidence, 240), "said once")
    }

    @Test func unknownTakesMore() {
        var evidence = TrackEvidence(firstSeen: .zero)
        for view in 1...2 { _ = evidence.add(sample(9, view)) }
        #expect(!judge(&evidence, 200))
        _ = evidence.add(sample(9, 3))
        #expect(judge(&evidence, 300))
        #expect(evidence.verdict?.identity == .unknown(id: "unknown-1"))
        #expect(evidence.verdict?.match?.accepted == false)
    }

    @Test func poorViewsTakeLonger() throws {
        var evidence = TrackEvidence(firstSeen: .zero)
        // Views that look like Ann, but not so much that they need no weight.
        let view = try vague(0.6)
        for _ in 1...4 { _ = evidence.add(FaceSample(embedding: view, quality: Synthetic.quality(0.1))) }
        #expect(!judge(&evidence, 500), "0.4 in all")
        _ = evidence.add(FaceSample(embedding: view, quality: Synthetic.quality(0.15)))
        #expect(judge(&evidence, 600) && evidence.verdict?.identity == .person("Ann"))
    }

    @Test func aClearLikenessNeedsTwoViewsOfAnyQuality() {
        var evidence = TrackEvidence(firstSeen: .zero)
        _ = evidence.add(sample(0, 1, quality: 0.1))
        #expect(!judge(&evidence, 100))
        _ = evidence.add(sample(0, 2, quality: 0.1))
        #expect(judge(&evidence, 200) && evidence.verdict?.identity == .person("Ann"))
    }

    /// An embedding about that similar to Ann's.
    private func vague(_ similarity: Float) throws -> Embedding {
        let rest = (1 - similarity * similarity).squareRoot()
        let ann = Synthetic.view(0, 0, spread: 0)
        let other = Synthetic.view(9, 0, spread: 0)
        // What the other has in common with Ann is taken out first.
        let common = Float(ann.similarity(other))
        let apart = try #require(
            Embedding(normalizing: zip(other.values, ann.values).map { $0 - common * $1 }))
        return try #require(
            Embedding(normalizing: zip(ann.values, apart.values).map { similarity * $0 + rest * $1 }))
    }

    @Test func afterAWhileWhatThereIsHasToDo() {
        var evidence = TrackEvidence(firstSeen: .seconds(10))
        _ = evidence.add(sample(0, 1, quality: 0.1))
        #expect(!judge(&evidence, 11_400))
        #expect(judge(&evidence, 11_500) && evidence.verdict?.identity == .person("Ann"))
    }

    @Test func withoutAGalleryEverybodyIsUnknown() {
        var evidence = TrackEvidence(firstSeen: .zero)
        for view in 1...3 { _ = evidence.add(sample(0, view)) }
        let isNew = evidence.judge(at: .milliseconds(300), by: nil, threshold: 1, unknownID: { _ in "unknown-7" })
        #expect(
            isNew && evidence.verdict == Verdict(identity: .unknown(id: "unknown-7"), match: nil, samples: 3))
    }

    /// A stranger who looks a little like Ann, about as much as the threshold: some views above, some below.
    @Test(arguments: 1...20) func noNameFlickersOnNoisySamples(seed: UInt64) throws {
        let between = try vague(0.52).values
        var random = SeededRandom(seed)
        var evidence = TrackEvidence(firstSeen: .zero)
        var changes = 0
        for round in 0..<200 {
            let raw = between.map { $0 + 0.04 * random.normal() }
            let embedding = try #require(Embedding(normalizing: raw))
            _ = evidence.add(
                FaceSample(
                    embedding: embedding, quality: Synthetic.quality(.random(in: 0.1...0.9, using: &random))))
            if judge(&evidence, 200 * round) { changes += 1 }
        }
        #expect((1...2).contains(changes), "the first verdict and at most one correction")
    }

    @Test func clearlyMoreEvidenceRevises() throws {
        var evidence = TrackEvidence(firstSeen: .zero)
        // Bad views first: they look a little like Ann and more like nobody.
        let view = try vague(0.4)
        for _ in 1...3 { _ = evidence.add(FaceSample(embedding: view, quality: Synthetic.quality(0.4))) }
        #expect(judge(&evidence, 1600) && evidence.verdict?.identity == .unknown(id: "unknown-1"))
        var revised = 0
        for view in 4...12 {
            _ = evidence.add(sample(0, view, quality: 0.9))
            if judge(&evidence, 2000 + view * 100) { revised += 1 }
        }
        #expect(revised == 1 && evidence.verdict?.identity == .person("Ann"))
    }

    @Test func anUnknownKeepsItsID() {
        var evidence = TrackEvidence(firstSeen: .zero)
        for view in 1...3 { _ = evidence.add(sample(9, view)) }
        _ = judge(&evidence, 300)
        let changed = evidence.judge(at: .seconds(1), by: classifier, threshold: 0.5, unknownID: { _ in "unknown-99" })
        #expect(!changed && evidence.verdict?.identity == .unknown(id: "unknown-1"))
    }
}
