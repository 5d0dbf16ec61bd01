import Evaluation
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct DetectionScoreTests {
    private func box(_ x: Double, _ side: Double = 10) -> BoundingBox {
        BoundingBox(x: x, y: 0, width: side, height: side)
    }

    private func score(_ boxes: [BoundingBox], _ truth: [BoundingBox], ignored: [BoundingBox] = []) -> [Int] {
        var score = DetectionScore()
        score.add(boxes, truth: truth, ignored: ignored)
        return [score.faces, score.found, score.wrong]
    }

    @Test func aFaceIsFoundOnce() {
        #expect(score([box(0)], [box(0)]) == [1, 1, 0])
        #expect(score([box(0), box(1)], [box(0)]) == [1, 1, 1], "the second box is of no face")
        #expect(score([box(2)], [box(0), box(4)]) == [2, 1, 0], "one box is not two faces")
        #expect(score([], [box(0)]) == [1, 0, 0])
        #expect(score([box(0)], []) == [0, 0, 1])
    }

    @Test func halfInCommonIsEnough() {
        // Of 10 wide boxes shifted by d, (10 - d) / (10 + d) is in common.
        #expect(score([box(3.3)], [box(0)]) == [1, 1, 0])
        #expect(score([box(3.4)], [box(0)]) == [1, 0, 1])
    }

    @Test func ignoredFacesCountNeitherWay() {
        #expect(score([box(100)], [box(0)], ignored: [box(100)]) == [1, 0, 0])
        #expect(score([], [box(0)], ignored: [box(100)]) == [1, 0, 0])
    }

    @Test func rates() {
        var score = DetectionScore()
        #expect(score.recall == 0 && score.precision == 0)
        score.add([box(0), box(100)], truth: [box(0), box(50), box(200), box(300)])
        #expect(score.recall == 0.25 && score.precision == 0.5)
    }
}

@Suite struct DetectionTruthTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func write(_ text: String, _ name: String = "a.xml") throws {
        try Data(text.utf8).write(to: folder.file(name))
    }

    @Test func boxesAreReadAsDlibWritesThem() throws {
        try write(
            """
            <?xml version='1.0' encoding='ISO-8859-1'?>
            <dataset><name>Faces</name><images>
              <image file='b.jpg' width='500' height='375'>
                <box top='90' left='194' width='37' height='36'/>
                <box top='1' left='2' width='3' height='4' ignore='1'><label>x</label><part name='00' x='1' y='2'/></box>
              </image>
              <image file="sub/a.jpg"><box left="5" top="6" width="7" height="8"/></image>
              <image file='empty.jpg'/>
            </images></dataset>
            """)
        let pictures = try DetectionTruth(folder.url).pictures
        #expect(pictures.map(\.file) == ["b.jpg", "empty.jpg", "sub/a.jpg"].map { folder.file($0) })
        #expect(pictures[0].faces == [BoundingBox(x: 194, y: 90, width: 37, height: 36)])
        #expect(pictures[0].ignored == [BoundingBox(x: 2, y: 1, width: 3, height: 4)])
        #expect(pictures[1].faces.isEmpty && pictures[2].faces == [BoundingBox(x: 5, y: 6, width: 7, height: 8)])
    }

    @Test func aPictureCountsOnce() throws {
        try write("<image file='a.jpg'><box left='1' top='1' width='1' height='1'/></image>")
        try write("<image file='a.jpg'/><image file='b.jpg'/>", "b.xml")
        let pictures = try DetectionTruth(folder.url).pictures
        #expect(pictures.count == 2 && pictures[0].faces.count == 1)
    }

    @Test(arguments: [
        "<image/>", "<box left='1' top='1' width='1' height='1'/>",
        "<image file='a.jpg'><box left='1' top='x' width='1' height='1'/></image>",
    ])
    func whatCannotBeReadIsRefused(text: String) throws {
        try write(text)
        #expect { _ = try DetectionTruth(folder.url) } throws: {
            ($0 as? VisageError)?.code == .unreadable && "\($0)".contains("a.xml")
        }
    }

    @Test func aFolderWithoutBoxesIsNamed() {
        #expect { _ = try DetectionTruth(folder.url) } throws: { ($0 as? VisageError)?.code == .notFound }
    }
}
