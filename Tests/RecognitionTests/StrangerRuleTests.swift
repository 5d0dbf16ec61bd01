import Foundation
import Inference
import Recognition
import Testing
import VisageCore

@Suite struct StrangerRuleTests {
    /// Points as the manifest has them.
    static let curve = [
        ModelManifest.ImpostorRate(far: 0.01, similarity: 0.379),
        ModelManifest.ImpostorRate(far: 0.001, similarity: 0.509),
        ModelManifest.ImpostorRate(far: 0.0001, similarity: 0.612),
        ModelManifest.ImpostorRate(far: 0.00001, similarity: 0.696),
    ]

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
