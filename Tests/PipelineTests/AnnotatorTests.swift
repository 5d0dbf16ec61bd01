import Imaging
import Pipeline
import TestSupport
import Testing
import VisageCore

@Suite struct AnnotatorTests {
    private let frame = Pictures.plain(width: 320, height: 240, y: 100)
    private let pool = PixelBufferPool(width: 320, height: 240)
    private let box = BoundingBox(x: 100, y: 80, width: 60, height: 70)

    private func annotate(_ identity: Identity?, box: BoundingBox? = nil) throws -> PixelBuffer {
        let match = Match(name: "Ann", probability: 0.9, similarity: 0.7, margin: 0.3, accepted: true)
        let verdict = identity.map { Verdict(identity: $0, match: match, samples: 3) }
        return try Annotator().annotate(
            frame, with: [.init(box: box ?? self.box, verdict: verdict)], pool: pool)
    }

    @Test(
        arguments: [
            (Identity.person("Ann"), Canvas.Color.green), (.unknown(id: "unknown-1"), .orange), (nil, .gray),
        ] as [(Identity?, Canvas.Color)])
    func theColorSaysWhatIsKnown(identity: Identity?, color: Canvas.Color) throws {
        let picture = try annotate(identity)
        #expect(
            picture.luma[100, 120] == color.y && picture.cb[50, 60] == color.cb
                && picture.cr[50, 60] == color.cr)
        #expect(picture.luma[130, 115] == 100, "the face itself is left alone")
        #expect(frame.luma.samples.allSatisfy { $0 == 100 }, "and so is the frame")
    }

    @Test func whoIsDecidedHasALabelAbove() throws {
        func changedAbove(_ picture: PixelBuffer) -> Int {
            (60..<80).reduce(0) { sum, y in sum + (90..<250).count { picture.luma[$0, y] != 100 } }
        }
        #expect(try changedAbove(annotate(nil)) == 0)
        #expect(try changedAbove(annotate(.unknown(id: "unknown-1"))) > 300)
        #expect(try changedAbove(annotate(.person("Ann"))) > 300)
    }

    @Test(arguments: [
        BoundingBox(x: -30, y: -40, width: 60, height: 70),
        BoundingBox(x: 300, y: 220, width: 60, height: 70),
        BoundingBox(x: 500, y: 500, width: 60, height: 70), BoundingBox(x: 0, y: 0, width: 1e6, height: 1e6),
    ])
    func boxesBeyondTheFrameDoNoHarm(box: BoundingBox) throws {
        #expect(try annotate(.person("Ann"), box: box).width == 320)
    }
}
