import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct OpenSetTrialTests {
    private let photos = (0..<80).flatMap { person in
        (0..<3).map { view in
            OpenSetTrial.Photo(
                person: "Person \(person)",
                sample: FaceSample(embedding: Synthetic.view(person, view), quality: Synthetic.quality(0.8)))
        }
    }

    @Test func everybodyIsWhoTheyAre() throws {
        let scratch = try ScratchFolder()
        let trial = OpenSetTrial(photos, curve: StrangerRuleTests.curve)
        let summary = try trial.run(
            people: 10, falseNames: 0.01, draws: 3, figures: .shipped, scratch: scratch.url)
        #expect(summary.tpir == 1 && summary.fpir == 0 && summary.strangersNamed == 0)
        #expect(summary.probes == 20 && summary.strangers == 70 && summary.strangerPhotos == 210)
        #expect(summary.fpirHigh > 0.015 && summary.fpirHigh < 0.02, "what two hundred photos leave open")
        let half = try trial.run(people: 10, falseNames: 0.01, draws: 3, figures: .half, scratch: scratch.url)
        #expect(half.strangers == 35 && half.threshold != summary.threshold)
    }

    @Test func aRuleThatNamesStrangersIsFoundOut() throws {
        let scratch = try ScratchFolder()
        // Figures of people who are never alike: the threshold is at its least.
        let trial = OpenSetTrial(
            photos + photos.map { OpenSetTrial.Photo(person: $0.person + "'s twin", sample: $0.sample) },
            curve: [.init(far: 0.01, similarity: 0.1), .init(far: 0.001, similarity: 0.15)])
        let summary = try trial.run(people: 5, falseNames: 0.01, draws: 2, figures: .shipped, scratch: scratch.url)
        #expect(summary.fpir >= 0.05 && summary.strangersNamed > 0.05, "\(summary)")
    }

    @Test func tooFewPeopleAreToldOf() throws {
        let trial = OpenSetTrial(photos, curve: StrangerRuleTests.curve)
        #expect {
            _ = try trial.run(
                people: 81, falseNames: 0.01, draws: 1, figures: .shipped, scratch: URL(filePath: "/nowhere"))
        } throws: { "\($0)".contains("80 have two photos") }
    }
}
