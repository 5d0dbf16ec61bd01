import Evaluation
import Foundation
import Recognition
import Testing
import VisageCore

@Suite struct MethodRowTests {
    private static let embedder = EmbedderOrigin(
        id: "one+two", sha256: String(repeating: "a", count: 64), crop: "none+eyes", standardisation: "none",
        precision: "f32")

    private func keys(_ row: MethodRow) throws -> Set<String> {
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(row))
        return Set(try #require(json as? [String: Any]).keys)
    }

    @Test func aRowHasOnlyWhatWasMeasured() throws {
        var row = MethodRow(detector: "yunet", embedder: Self.embedder)
        #expect(row.embedder == "one+two" && row.alignment == "none+eyes")
        #expect(try keys(row) == ["detector", "embedder", "alignment"])
        row.frameMs = 2
        row.faceMs = 3
        #expect(try keys(row) == ["detector", "embedder", "alignment", "frame_ms", "face_ms"])
    }

    @Test func thePhotosAreThoseThatWereAsked() throws {
        let json = """
            {"people": 2, "photos": 7, "correct": 5, "accuracy": 0.7, "unknown": 1, "wrong": 0, "no_face": 1,
             "threshold": 0.4}
            """
        let summary = try JSONDecoder().decode(GalleryEvaluation.Summary.self, from: Data(json.utf8))
        var row = MethodRow(detector: "yunet", embedder: Self.embedder)
        row.add(summary)
        #expect(row.probes == 7 && row.correct == 5 && row.accuracy == nil && row.noFace == nil)
    }
}

@Suite struct DetectorComparisonTests {
    /// The middle of an LFW image of 250 pixels is 114 pixels wide.
    @Test(arguments: [(68.0, 114.0, true), (90, 114, true), (140, 114, false), (68, 50, false), (0, 250, false)])
    func aFaceNearTheCenterIsTheRightOne(x: Double, side: Double, isRight: Bool) {
        let face = BoundingBox(x: x, y: x, width: side, height: side)
        #expect(DetectorComparison.isCentral(face, width: 250, height: 250) == isRight)
    }
}
