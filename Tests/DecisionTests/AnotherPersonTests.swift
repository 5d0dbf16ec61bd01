import Decision
import Recognition
import RecognitionTestSupport
import Testing
import VisageCore

@Suite struct AnotherPersonTests {
    private func sample(_ person: Int, _ view: Int, quality: Double = 0.6) -> FaceSample {
        FaceSample(embedding: Synthetic.view(person, view), quality: Synthetic.quality(quality))
    }

    private func evidence(of person: Int, views: Int) -> TrackEvidence {
        var evidence = TrackEvidence(firstSeen: .zero, rule: .made)
        for view in 0..<views { _ = evidence.add(sample(person, view)) }
        return evidence
    }

    private func kind(_ outcome: TrackEvidence.Outcome) -> String {
        switch outcome {
        case .added: "added"
        case .doubted: "doubted"
        case .anotherPerson(let samples): "another \(samples.count)"
        }
    }

    @Test func twoViewsOfSomebodyElseAreAnotherPerson() {
        var evidence = evidence(of: 0, views: 4)
        let before = evidence.fused
        #expect(kind(evidence.add(sample(1, 0))) == "doubted")
        #expect(kind(evidence.add(sample(1, 1))) == "another 2")
        #expect(evidence.fused == before && evidence.count == 4, "what was known stays as it was")
    }

    @Test func oneStrayViewIsForgotten() {
        var evidence = evidence(of: 0, views: 4)
        #expect(kind(evidence.add(sample(1, 0))) == "doubted")
        #expect(kind(evidence.add(sample(0, 5))) == "added")
        #expect(kind(evidence.add(sample(1, 1))) == "doubted", "not two in a row")
    }

    @Test func strayViewsThatAreNotAlikeAreNobody() {
        var evidence = evidence(of: 0, views: 4)
        for person in 1...6 { #expect(kind(evidence.add(sample(person, 0))) == "doubted") }
    }

    @Test func poorViewsContradictNothing() {
        var evidence = evidence(of: 0, views: 4)
        #expect(kind(evidence.add(sample(1, 0, quality: 0.1))) == "added")
    }

    @Test func theSamePersonIsNeverDoubted() {
        var evidence = evidence(of: 0, views: 2)
        for view in 2..<60 { #expect(kind(evidence.add(sample(0, view))) == "added") }
        #expect(evidence.count == 60)
    }

    @Test func goodViewsCountMore() {
        var evidence = TrackEvidence(firstSeen: .zero, rule: .made)
        _ = evidence.add(sample(1, 0, quality: 0.1))
        _ = evidence.add(sample(0, 0, quality: 0.9))
        let good = evidence.fused?.similarity(Synthetic.view(0, 0)) ?? 0
        #expect(good > 0.95)
        #expect(evidence.bestQuality == 0.9)
    }

    @Test func absorbingTakesOverWhatTheOtherKnew() {
        var older = evidence(of: 0, views: 2)
        var newer = TrackEvidence(firstSeen: .seconds(5), rule: .made)
        for view in 2..<5 { _ = newer.add(sample(0, view)) }
        older.absorb(newer)
        #expect(older.count == 5)
    }
}
