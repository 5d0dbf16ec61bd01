import Detection
import TestSupport
import Testing
import VisageCore

@Suite struct NonMaximumSuppressionTests {
    private func face(_ x: Double, _ score: Double, width: Double = 10) -> Face {
        Face(box: BoundingBox(x: x, y: 0, width: width, height: 10), landmarks: nil, score: score)
    }

    @Test func ofFacesThatOverlapTheBestStays() {
        let kept = nonMaximumSuppression(
            [face(0, 0.5), face(2, 0.9), face(30, 0.4), face(4, 0.6)], overlap: 0.3)
        #expect(kept.map(\.score) == [0.9, 0.4])
    }

    @Test func aSuppressedFaceSuppressesNobody() {
        // The middle one overlaps both others, which do not overlap each other.
        let kept = nonMaximumSuppression([face(0, 0.9), face(5, 0.8), face(10, 0.7)], overlap: 0.3)
        #expect(kept.map(\.box.x) == [0, 10])
    }

    @Test func theLimitItselfIsAllowed() {
        // Half of each in common: a third of the union.
        let pair = [face(0, 0.9), face(5, 0.8)]
        #expect(nonMaximumSuppression(pair, overlap: 1.0 / 3 + 1e-9).count == 2)
        #expect(nonMaximumSuppression(pair, overlap: 1.0 / 3 - 1e-9).count == 1)
    }

    @Test func equalScoresKeepTheirOrder() {
        let faces = (0..<50).map { face(Double($0) * 20, 0.5) }
        #expect(nonMaximumSuppression(faces, overlap: 0.3) == faces)
    }

    @Test func nobodyStaysNobody() { #expect(nonMaximumSuppression([], overlap: 0.3).isEmpty) }

    @Test func noTwoThatStayOverlapAndAllOthersAreCovered() {
        var random = SeededRandom(11)
        let faces = (0..<300).map { _ in
            Face(
                box: BoundingBox(
                    x: .random(in: 0..<200, using: &random), y: .random(in: 0..<200, using: &random),
                    width: .random(in: 5..<60, using: &random), height: .random(in: 5..<60, using: &random)),
                landmarks: nil, score: .random(in: 0..<1, using: &random))
        }
        let kept = nonMaximumSuppression(faces, overlap: 0.4)
        for (index, face) in kept.enumerated() {
            #expect(kept[..<index].allSatisfy { $0.box.overlap(face.box) <= 0.4 && $0.score >= face.score })
        }
        for face in faces where !kept.contains(face) {
            #expect(kept.contains { $0.box.overlap(face.box) > 0.4 && $0.score >= face.score })
        }
    }
}
