import Evaluation
import Foundation
import Recognition
import RecognitionTestSupport
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

    private func cell(
        _ people: Int, photos: ClosedRange<Int> = 1...1, views: Int = 1
    ) -> OpenSetTrial.Cell {
        OpenSetTrial.Cell(people: people, photos: photos, views: views, falseNames: 0.01, matching: .svm)
    }

    @Test func everybodyIsWhoTheyAre() throws {
        let trial = OpenSetTrial(photos, curve: Synthetic.curve)
        let summary = try #require(try trial.run(cell(10), draws: 3, figures: .shipped))
        #expect(summary.tpir == 1 && summary.fpir == 0 && summary.photos == "1" && summary.draws == 3)
        #expect(summary.probes == 20 && summary.strangers == 210, "photos")
        #expect(summary.fpirHigh > 0.015 && summary.fpirHigh < 0.02, "what two hundred photos leave open")
        let half = try #require(try trial.run(cell(10), draws: 3, figures: .half))
        #expect(half.strangers == 90 && half.threshold != summary.threshold)
    }

    @Test func viewsMakeTracks() throws {
        let trial = OpenSetTrial(photos, curve: Synthetic.curve)
        let single = try #require(try trial.run(cell(10), draws: 1, figures: .shipped))
        let summary = try #require(try trial.run(cell(10, views: 2), draws: 2, figures: .shipped))
        #expect(summary.tpir == 1 && summary.fpir == 0)
        #expect(summary.probes == 10 && summary.strangers == 70, "tracks of two views each")
        #expect(summary.threshold > single.threshold, "tracks are asked about again and again")
    }

    @Test func peopleMayHaveDifferentNumbersOfPhotos() throws {
        let trial = OpenSetTrial(photos, curve: Synthetic.curve)
        let summary = try #require(try trial.run(cell(10, photos: 1...2), draws: 1, figures: .shipped))
        #expect(summary.photos == "1-2" && summary.probes == 15, "two probes of every other person")
    }

    @Test func aRuleThatNamesStrangersIsFoundOut() throws {
        // Figures of people who are never alike: the threshold is at its least.
        let trial = OpenSetTrial(
            photos + photos.map { OpenSetTrial.Photo(person: $0.person + "'s twin", sample: $0.sample) },
            curve: [.init(far: 0.01, similarity: 0.1), .init(far: 0.001, similarity: 0.15)])
        for views in [1, 2] {
            let summary = try #require(try trial.run(cell(5, views: views), draws: 2, figures: .shipped))
            #expect(summary.fpir >= 0.03, "\(summary)")
        }
    }

    @Test func tooFewPeopleMakeNoCell() throws {
        let trial = OpenSetTrial(photos, curve: Synthetic.curve)
        #expect(try trial.run(cell(81), draws: 1, figures: .shipped) == nil)
        #expect(try trial.run(cell(10, photos: 3...3), draws: 1, figures: .shipped) == nil, "nobody has four photos")
    }

    /// Blurred and dark photos of different people are alike: nobody is enrolled from them.
    @Test func photosWithoutDetailAreNotEnrolled() throws {
        let poor = photos.map { photo in
            var quality = photo.sample.quality
            quality.sharpness = 0.05
            return OpenSetTrial.Photo(
                person: photo.person, sample: FaceSample(embedding: photo.sample.embedding, quality: quality))
        }
        #expect(try OpenSetTrial(poor, curve: Synthetic.curve).run(cell(5), draws: 1, figures: .shipped) == nil)
    }
}
