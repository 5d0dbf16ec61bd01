import Detection
import Foundation
import Imaging
import Inference
import TestSupport
import Testing
import VisageCore

/// What holds of every detector, with its own defaults; YuNet has tests of its own beside these.
@Suite(
    .enabled(
        if: DetectorKind.allCases.allSatisfy(Detectors.hasModels) && Workspace.hasMaterial,
        "not all detectors are here; run `make models material` and `visage models fetch --all`"), .serialized)
struct OtherDetectorsTests {
    private func photo(_ portrait: Workspace.Portrait) throws -> PixelBuffer {
        try Photo.decode(Data(contentsOf: portrait.url))
    }

    /// Boxes of YuNet, which the others are compared with.
    private func truth(_ picture: PixelBuffer) throws -> [Face] {
        try Detectors.make(.yunet).detect(in: picture).filter { $0.score >= DetectorKind.yunet.scores.photo }
    }

    @Test(arguments: [DetectorKind.ssd, .mtcnn], Workspace.Portrait.allCases)
    func aPortraitHasOneFace(kind: DetectorKind, portrait: Workspace.Portrait) throws {
        let picture = try photo(portrait)
        let faces = try Detectors.make(kind).detect(in: picture).filter { $0.score >= kind.scores.photo }
        let (face, expected) = (try #require(faces.first), try #require(try truth(picture).first))
        #expect(faces.count == 1 && face.score <= 1)
        #expect(face.box.overlap(expected.box) > 0.6, "\(face.box) instead of \(expected.box)")
        #expect((face.landmarks != nil) == kind.hasLandmarks)
    }

    /// The landmarks of two networks that know nothing of each other lie within a tenth of the face.
    @Test(arguments: Workspace.Portrait.allCases)
    func landmarksAgreeWithYuNets(portrait: Workspace.Portrait) throws {
        let picture = try photo(portrait)
        let (one, other) = (try Detectors.make(.mtcnn).detect(in: picture), try truth(picture))
        let (mine, its) = (try #require(one.first?.landmarks), try #require(other.first?.landmarks))
        let near = try #require(other.first).box.width / 10
        for (a, b) in [
            (mine.rightEye, its.rightEye), (mine.leftEye, its.leftEye), (mine.nose, its.nose),
            (mine.rightMouth, its.rightMouth), (mine.leftMouth, its.leftMouth),
        ] { #expect(hypot(a.x - b.x, a.y - b.y) < near, "\(a) and \(b)") }
    }

    /// Frames are wide, planar and of another matrix than photos: at 31 s three pictures hang in view, at 0 s none.
    @Test(arguments: [DetectorKind.ssd, .mtcnn]) func facesOfFramesAreFound(kind: DetectorKind) throws {
        let picture = try Photo.decode(Workspace.clipFrame(second: 31))
        let faces = try Detectors.make(kind).detect(in: picture).filter { $0.score >= kind.scores.strong }
        let expected = try truth(picture)
        #expect(expected.count == 3)
        for face in expected where face.box.width > Double(picture.width) / 10 || kind == .mtcnn {
            #expect(faces.contains { $0.box.overlap(face.box) > 0.5 }, "\(face.box)")
        }
        #expect(faces.allSatisfy { face in expected.contains { $0.box.overlap(face.box) > 0.4 } })
        let wall = try Photo.decode(Workspace.clipFrame(second: 0))
        #expect(try Detectors.make(kind).detect(in: wall).allSatisfy { $0.score < kind.scores.strong })
    }

    @Test(arguments: DetectorKind.allCases) func absurdSizesHaveNoFaces(kind: DetectorKind) throws {
        let detector = try Detectors.make(kind)
        for (width, height) in [(1, 1), (1, 400), (400, 1), (2, 3), (11, 11), (10_000, 10), (10, 10_000), (13, 12)] {
            let plain = Pictures.plain(width: width, height: height, y: 100)
            let faces = try detector.detect(in: plain)
            #expect(faces.allSatisfy { $0.score < kind.scores.photo }, "\(width) x \(height)")
            #expect(faces.allSatisfy { $0.box.x.isFinite && $0.box.area > 0 })
        }
    }

    @Test func noiseIsNoCrowd() throws {
        var random = SeededRandom(5)
        let noise = Pictures.picture(
            width: 640, height: 480, luma: { _, _ in UInt8.random(in: 16...235, using: &random) })
        for kind in DetectorKind.allCases {
            #expect(try Detectors.make(kind).detect(in: noise).count { $0.score >= kind.scores.photo } <= 2, "\(kind)")
        }
    }

    @Test func bothEnginesFindTheSameWithMTCNN() throws {
        let picture = try photo(.obama)
        let one = try Detectors.make(.mtcnn).detect(in: picture)
        let other = try Detectors.make(.mtcnn, engine: OpenCVEngine(concurrency: 2)).detect(in: picture)
        #expect(!one.isEmpty && one.count == other.count)
        for (one, other) in zip(one, other) {
            #expect(one.box.overlap(other.box) > 0.99 && abs(one.score - other.score) < 1e-3)
        }
    }

    @Test(arguments: DetectorKind.allCases) func aMissingNetworkIsNamed(kind: DetectorKind) throws {
        let folder = try ScratchFolder()
        try FileManager.default.copyItem(
            at: Workspace.models.appending(path: "manifest.json"), to: folder.file("manifest.json"))
        let store = try ModelStore(folder: folder.url)
        #expect {
            _ = try kind.detector(DetectorOptions(), store: store) { _ in try OpenCVEngine(concurrency: 2) }
        } throws: { "\($0)".contains("visage models fetch \(kind.models[0])") }
    }
}
