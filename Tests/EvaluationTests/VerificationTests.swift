import Evaluation
import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct VerificationTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// A direction in the plane, by its angle in degrees.
    private func direction(_ degrees: Double) throws -> Embedding {
        let radians = degrees * .pi / 180
        return try #require(Embedding(normalizing: [Float(cos(radians)), Float(sin(radians))]))
    }

    private func verify(_ text: String, _ degrees: [String: [Double?]]) throws -> Verification.Summary {
        let file = scratch.file("pairs.txt")
        try Data(text.utf8).write(to: file)
        var embeddings: [LFWPairs.Image: Embedding] = [:]
        for (name, views) in degrees {
            for (index, view) in views.enumerated() {
                if let view {
                    embeddings[LFWPairs.Image(name: name, number: index + 1)] = try direction(view)
                }
            }
        }
        return try Verification(LFWPairs(file), embeddings: embeddings).summary
    }

    private static let twoFolds = "2 2\nA 1 2\nB 1 2\nA 1 B 1\nA 2 B 2\nA 1 2\nC 1 2\nA 1 C 1\nB 1 C 2\n"

    @Test func separablePeopleAreAllRight() throws {
        let summary = try verify(Self.twoFolds, ["A": [0, 5], "B": [60, 65], "C": [120, 130]])
        #expect(summary.pairs == 8 && summary.accuracyMean == 1 && summary.accuracyStderr == 0)
        // Six images of three people: 15 pairs, 3 of them mates.
        #expect(summary.impostors == 12 && summary.noFace == 0)
        #expect(summary.tar == ["0.01": 1, "0.001": 1, "0.0001": 1])
    }

    /// The thresholds: the first fold is judged by one between cos 10° and cos 60° and takes A and B, whose different
    /// pairs lie at 20°, for the same; the second is judged by one between cos 5° and cos 20° and misses C at 25°.
    @Test func theThresholdComesFromTheOtherFolds() throws {
        let text = "2 2\nA 1 2\nB 1 2\nA 1 B 1\nA 2 B 2\nC 1 2\nD 1 2\nC 1 D 1\nC 2 D 2\n"
        let summary = try verify(text, ["A": [0, 5], "B": [20, 25], "C": [180, 205], "D": [280, 290]])
        // Fold one: 2 of 4; fold two: 3 of 4.
        #expect(summary.accuracyMean == 0.625)
        #expect(summary.accuracyStderr == 0.125)
    }

    @Test func theTrueAcceptRateCountsMatesAboveTheImpostors() throws {
        // The closest impostors, A 2 and B 1, are 10° apart; C's images are farther apart than that.
        let summary = try verify(Self.twoFolds, ["A": [0, 5], "B": [15, 16], "C": [120, 150]])
        // The mates A, B, A and C: three of four.
        #expect(summary.tar == ["0.01": 0.75, "0.001": 0.75, "0.0001": 0.75])
    }

    @Test func anImageWithoutAFaceIsWrongEitherWay() throws {
        let summary = try verify(Self.twoFolds, ["A": [0, 5], "B": [60, nil], "C": [120, 130]])
        #expect(summary.noFace == 1)
        // B 1 2 and A 2 B 2 of the first fold are lost, nothing of the second.
        #expect(summary.accuracyMean == 0.75)
        #expect(summary.tar["0.001"] == 0.75)
        #expect(summary.impostors == 8)
    }

    @Test func manyImpostorsExpressTheRate() throws {
        // 30 people in steps of 3°, each with a mate at the same place; among 1,740 impostor pairs the 1 % rate allows
        // for 17, and the closest lie 3° apart: 116 of them.
        let names = (0..<30).map { "P\($0)" }
        let lines =
            names.map { "\($0) 1 2" } + zip(names, names.dropFirst() + ["P0"]).map { "\($0) 1 \($1) 1" }
        var degrees: [String: [Double?]] = [:]
        for (index, name) in names.enumerated() { degrees[name] = [Double(index) * 3, Double(index) * 3] }
        let summary = try verify("30\n" + lines.joined(separator: "\n"), degrees)
        #expect(summary.impostors == 1740 && summary.tar["0.01"] == 1)
        degrees["P3"] = [9, 14]
        #expect(try verify("30\n" + lines.joined(separator: "\n"), degrees).tar["0.01"] == 0.9667, "29 of 30")
    }

    @Test func theRatesOfTheManifestBeginWithTheHighest() throws {
        let file = scratch.file("pairs.txt")
        try Data(Self.twoFolds.utf8).write(to: file)
        let pairs = try LFWPairs(file)
        let angles: [String: Double] = ["A": 0, "B": 60, "C": 120]
        let embeddings = try Dictionary(
            uniqueKeysWithValues: pairs.images.map { ($0, try direction(angles[$0.name] ?? 0)) })
        let rates = Verification(pairs, embeddings: embeddings).impostorRates
        #expect(rates.map(\.far) == [0.01, 0.001, 0.0001])
        #expect(rates.allSatisfy { abs($0.similarity - 0.5) < 1e-3 }, "cos 60°")
    }
}
