import Foundation
import Inference
import Recognition
import RecognitionTestSupport
import Testing
import VisageCore

@Suite struct StrangerRuleTests {
    /// Points as the manifest has them.
    static let curve = Synthetic.curve

    private func threshold(_ falseNames: Double, _ people: Int, curve: [ModelManifest.ImpostorRate] = curve)
        throws
        -> Double
    {
        try StrangerRule(falseNames: falseNames, comparisons: people, curve: curve).threshold
    }

    @Test func aimsAtHalfTheRateOnTheCurve() throws {
        for point in Self.curve {
            #expect(abs(try threshold(2 * point.far, 1) - point.similarity) < 1e-9)
            #expect(abs(try threshold(2 * point.far, 1, curve: Self.curve.reversed()) - point.similarity) < 1e-9)
        }
    }

    @Test func isStraightBetweenThePoints() throws {
        let between = try threshold(0.002 * 10.0.squareRoot(), 1)
        #expect(abs(between - (0.379 + 0.509) / 2) < 1e-9)
    }

    @Test func eachPersonGetsAPartOfTheRate() throws {
        let rule = try StrangerRule(falseNames: 0.02, comparisons: 50, curve: Self.curve)
        #expect(abs(1 - pow(1 - rule.far, 50) - 0.01) < 1e-12)
    }

    /// One view and one photo are compared as they are; each tenfold demand costs a decade of the curve.
    @Test func moreEvidenceIsAskedMore() throws {
        let rule = try StrangerRule(falseNames: 0.02, comparisons: 1, curve: Self.curve)
        let decade = 0.509 - 0.379
        #expect(rule.adjusted(0.6, views: 1, photos: 1) == 0.6)
        #expect(abs(rule.adjusted(0.6, views: 10, photos: 1) - (0.6 - decade)) < 1e-9, "ten views are ten chances")
        #expect(abs(rule.adjusted(0.6, views: 1, photos: 23.5) - (0.6 - decade)) < 1e-9, "1 + 0.4 x 22.5 = 10")
        #expect(rule.adjusted(0.6, views: 4, photos: 6) < rule.adjusted(0.6, views: 4, photos: 3))
    }

    @Test func tracksAimAtAQuarter() throws {
        for point in Self.curve {
            let rule = try StrangerRule(falseNames: 4 * point.far, comparisons: 1, curve: Self.curve)
            #expect(abs(rule.trackThreshold - point.similarity) < 1e-9 && rule.trackThreshold > rule.threshold)
        }
    }

    /// Galleries from before have one threshold and no adjustment.
    @Test func readsTheRuleOfEarlierGalleries() throws {
        let old = #"{"threshold": 0.45, "false_names": 0.01, "far": 0.0001, "shift": 0}"#
        let rule = try JSONDecoder().decode(StrangerRule.self, from: Data(old.utf8))
        #expect(rule.trackThreshold > rule.threshold && rule.adjusted(0.6, views: 8, photos: 8) == 0.6)
        let again = try JSONDecoder().decode(StrangerRule.self, from: JSONEncoder().encode(rule))
        #expect(again == rule)
        let keys = try JSONSerialization.jsonObject(with: JSONEncoder().encode(rule)) as? [String: Any]
        #expect(
            Set((keys ?? [:]).keys) == ["threshold", "false_names", "far", "shift"], "or its checksum would not hold")
    }

    @Test func growsWithPeopleAndFallsWithTheRate() throws {
        let byPeople = try [1, 2, 5, 10, 100, 1000, 100_000].map { try threshold(0.02, $0) }
        #expect(byPeople == byPeople.sorted() && Set(byPeople).count >= 6)
        let byRate = try [0.0001, 0.001, 0.01, 0.02, 0.1, 0.5].map { try threshold($0, 5) }
        #expect(byRate == byRate.sorted(by: >) && Set(byRate).count >= 5)
    }

    @Test func staysWithinWhatSimilaritiesCanBe() throws {
        #expect(try threshold(1e-12, 1_000_000) <= 0.95)
        #expect(try threshold(0.999999, 1) >= 0.2)
        #expect(try threshold(0.02, 0).isFinite)
    }

    @Test func withoutACurveThereIsNoRule() {
        for curve in [[], [Self.curve[0]]] {
            #expect {
                _ = try StrangerRule(falseNames: 0.02, comparisons: 3, curve: curve)
            } throws: { ($0 as? VisageError)?.code == .model }
        }
    }
}
