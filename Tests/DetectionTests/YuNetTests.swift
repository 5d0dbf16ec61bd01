import Detection
import Foundation
import Imaging
import Inference
import TestSupport
import Testing
import VisageCore

@Suite(.enabled(if: Workspace.hasModels && Workspace.hasMaterial, "\(Workspace.needsMaterial)"), .serialized)
struct YuNetTests {
    private let scaler = Scaler()

    private func detector(square: Bool = false, minimumScore: Double = 0.6, input: Int = 640) throws
        -> any FaceDetector
    {
        var options = DetectorOptions()
        options.square = square
        options.minimumScore = minimumScore
        options.input = input
        return try Detectors.make(.yunet, options)
    }

    private func frame(_ second: Double) throws -> PixelBuffer {
        try Photo.decode(Workspace.clipFrame(second: second))
    }

    private func isPlausible(_ face: Face, in picture: PixelBuffer) -> Bool {
        guard let marks = face.landmarks else { return false }
        let box = face.box
        func inside(_ point: Point) -> Bool {
            point.x > box.x && point.x < box.x + box.width && point.y > box.y && point.y < box.y + box.height
        }
        let all = [marks.rightEye, marks.leftEye, marks.nose, marks.rightMouth, marks.leftMouth]
        // The person's right is on the picture's left; eyes above nose above mouth.
        return all.allSatisfy(inside) && marks.rightEye.x < marks.leftEye.x
            && marks.rightMouth.x < marks.leftMouth.x
            && max(marks.rightEye.y, marks.leftEye.y) < marks.nose.y
            && marks.nose.y < min(marks.rightMouth.y, marks.leftMouth.y)
            && box.clipped(width: picture.width, height: picture.height).area > 0.8 * box.area
    }

    @Test(arguments: Workspace.Portrait.allCases)
    func aPortraitHasOneFace(portrait: Workspace.Portrait) throws {
        let picture = try Photo.decode(Data(contentsOf: portrait.url))
        for input in [320, 640] {
            let faces = try detector(square: true, input: input).detect(in: picture)
            #expect(faces.count == 1)
            let face = try #require(faces.first)
            #expect(face.score > 0.8 && face.score <= 1)
            #expect(isPlausible(face, in: picture))
        }
    }

    /// At 31 s all three pictures hang in view, at 24.5 s the astronaut's and the car's, at 0 s none.
    @Test(arguments: [(31, 3), (24.5, 2), (0, 0)])
    func everyFaceOfAFrameIsFound(second: Double, count: Int) throws {
        let picture = try frame(second)
        let faces = try detector().detect(in: picture)
        #expect(faces.count == count)
        #expect(faces.allSatisfy { isPlausible($0, in: picture) })
        #expect(faces.map(\.score) == faces.map(\.score).sorted(by: >), "best first")
    }

    @Test(arguments: [UInt8(16), 126, 235]) func aPlainPictureHasNone(luma: UInt8) throws {
        let plain = Pictures.plain(width: 640, height: 360, y: luma)
        #expect(try detector(minimumScore: 0.3).detect(in: plain).isEmpty)
    }

    @Test func theShapeOfTheInputChangesLittle() throws {
        let picture = try frame(31)
        let wide = try detector().detect(in: picture).sorted { $0.box.x < $1.box.x }
        let square = try detector(square: true).detect(in: picture).sorted { $0.box.x < $1.box.x }
        #expect(wide.count == 3 && square.count == 3)
        for (one, other) in zip(wide, square) {
            #expect(abs(one.box.x - other.box.x) < 4 && abs(one.box.y - other.box.y) < 4)
            #expect(abs(one.box.width - other.box.width) < 4 && abs(one.box.height - other.box.height) < 4)
        }
    }

    /// A large picture leaves nothing behind in the input that a smaller one then shows.
    @Test func theSameDetectorTakesAllShapes() throws {
        let detector = try detector(square: true)
        let portrait = try Photo.decode(Data(contentsOf: Workspace.Portrait.biden.url))
        let before = try detector.detect(in: portrait)
        #expect(try detector.detect(in: Pictures.plain(width: 300, height: 20, y: 100)).isEmpty)
        #expect(try detector.detect(in: Pictures.plain(width: 20, height: 300, y: 100)).isEmpty)
        for (width, height) in [(1, 1), (1, 400), (400, 1), (2, 3)] {
            #expect(try detector.detect(in: Pictures.plain(width: width, height: height, y: 100)).isEmpty)
        }
        #expect(try detector.detect(in: portrait) == before)
    }

    @Test func bothEnginesFindTheSameFaces() throws {
        let picture = try frame(31)
        let one = try detector().detect(in: picture)
        let other = try Detectors.make(.yunet, engine: OpenCVEngine(concurrency: 2)).detect(in: picture)
            .filter { $0.score >= 0.6 }
        #expect(one.count == 3 && other.count == 3)
        for (one, other) in zip(one, other) { #expect(one.box.overlap(other.box) > 0.98) }
    }
}
