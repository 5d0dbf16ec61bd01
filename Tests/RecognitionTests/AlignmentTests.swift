import Detection
import Foundation
import Imaging
import Inference
import Recognition
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Alignments on real faces: a photo and the same photo leaning.
@Suite(.enabled(if: Workspace.hasModels && Workspace.hasMaterial, "\(Workspace.needsMaterial)"), .serialized)
struct AlignmentTests {
    private let embedders: [Alignment: NetworkEmbedder]
    private let upright: PixelBuffer
    private let face: Face

    init() throws {
        let engine = try OpenVINOEngine(precision: .f32, concurrency: 1)
        let store = try ModelStore(folder: Workspace.models)
        let detector = try DetectorKind.yunet.detector(DetectorOptions(), store: store) { _ in engine }
        let one = try NetworkEmbedder(
            store.model("facenet-128"), engine: engine, landmarks: LandmarkFinder(detector: detector))
        embedders = Dictionary(uniqueKeysWithValues: Alignment.allCases.map { ($0, one.aligned($0)) })
        upright = try Photo.decode(Data(contentsOf: Workspace.Portrait.biden.url))
        face = try #require(detector.detect(in: upright).first)
    }

    private func embedding(_ alignment: Alignment, _ face: Face, in picture: PixelBuffer) throws -> Embedding {
        try #require(embedders[alignment]).sample(face, in: picture).embedding
    }

    /// The face and its picture turned by `degrees` about the face's middle, as if the head leaned; the box stays.
    private func leaning(_ degrees: Double) throws -> (Face, PixelBuffer) {
        let (angle, middle) = (degrees * .pi / 180, face.box.center)
        func turn(_ point: Point, by angle: Double) -> Point {
            let (x, y) = (point.x - middle.x, point.y - middle.y)
            return Point(x: middle.x + x * cos(angle) - y * sin(angle), y: middle.y + x * sin(angle) + y * cos(angle))
        }
        func plane(_ plane: Plane, _ scale: Double) -> (Int, Int) -> UInt8 {
            { x, y in
                let from = turn(Point(x: Double(x) * scale, y: Double(y) * scale), by: -angle)
                let column = min(plane.width - 1, max(0, Int((from.x / scale).rounded())))
                return plane[column, min(plane.height - 1, max(0, Int((from.y / scale).rounded())))]
            }
        }
        let picture = Pictures.picture(
            width: upright.width, height: upright.height, matrix: upright.matrix, luma: plane(upright.luma, 1),
            cb: plane(upright.cb, 2), cr: plane(upright.cr, 2))
        var leaning = face
        leaning.landmarks = face.landmarks.map {
            Landmarks(
                rightEye: turn($0.rightEye, by: angle), leftEye: turn($0.leftEye, by: angle),
                nose: turn($0.nose, by: angle), rightMouth: turn($0.rightMouth, by: angle),
                leftMouth: turn($0.leftMouth, by: angle))
        }
        return (leaning, picture)
    }

    @Test(arguments: [Alignment.eyes, .fivePoint], [-40.0, 15, 40])
    func alignedFacesMayLean(alignment: Alignment, degrees: Double) throws {
        let (leaning, picture) = try leaning(degrees)
        let alike = try embedding(alignment, face, in: upright).similarity(
            embedding(alignment, leaning, in: picture))
        #expect(alike > 0.95, "\(alike)")
    }

    /// A face that the network hardly recognizes as one is also tried turned: only if the head leans, and only against
    /// that; both ways where there are no landmarks.
    @Test(arguments: [(0.0, 1), (30, 2), (-30, 2)]) func onlyLeaningHeadsAreTurned(degrees: Double, runs: Int) throws {
        let engine = BlindEngine()
        let embedder = try NetworkEmbedder(ModelStore(folder: Workspace.models).model("facenet-128"), engine: engine)
        let (leaning, picture) = try leaning(degrees)
        #expect(try abs(#require(leaning.landmarks).lean - #require(face.landmarks).lean - degrees) < 0.01)
        var bare = leaning
        bare.landmarks = nil
        for (face, runs) in [(leaning, runs), (bare, 3)] {
            let before = engine.runs
            _ = try embedder.sample(face, in: picture)
            #expect(engine.runs - before == runs)
        }
    }

    /// The same person in another photo is known under every alignment, a stranger under none.
    @Test(arguments: Alignment.allCases) func everyAlignmentTellsPeopleApart(alignment: Alignment) throws {
        let store = try ModelStore(folder: Workspace.models)
        var options = DetectorOptions()
        options.minimumScore = 0.6
        let engine = try OpenVINOEngine(precision: .f32, concurrency: 1)
        let detector = try DetectorKind.yunet.detector(options, store: store) { _ in engine }
        let (obama, obama2) = try [Workspace.Portrait.obama, .obama2].map { portrait in
            let picture = try Photo.decode(Data(contentsOf: portrait.url))
            return try embedding(alignment, #require(detector.detect(in: picture).first), in: picture)
        }.pair
        #expect(obama.similarity(obama2) > 0.65)
        #expect(try obama.similarity(embedding(alignment, face, in: upright)) < 0.4)
    }

    /// SSD gives none: YuNet finds them in the face's surroundings, as good as in the whole picture.
    @Test(arguments: [Alignment.eyes, .fivePoint]) func missingLandmarksAreFound(alignment: Alignment) throws {
        var bare = face
        bare.landmarks = nil
        let alike = try embedding(alignment, face, in: upright).similarity(embedding(alignment, bare, in: upright))
        #expect(alike > 0.97, "\(alike)")
        // The upright square, where there is no face to be found.
        let plain = Pictures.plain(width: 400, height: 400, y: 100)
        let nobody = Face(box: BoundingBox(x: 100, y: 100, width: 120, height: 120), landmarks: nil, score: 0.9)
        #expect(try embedding(alignment, nobody, in: plain) == embedding(.none, nobody, in: plain))
    }

    /// Landmarks that no face has are not followed anywhere.
    @Test(arguments: [Alignment.eyes, .fivePoint]) func absurdLandmarksAreNotFollowed(alignment: Alignment) throws {
        let expected = try embedding(.none, face, in: upright)
        for (x, y, spread) in [(0.0, 0.0, 0.0), (1e6, 1e6, 1), (.nan, .nan, .nan), (500, 300, 1e7), (500, 300, 0.01)] {
            var strange = face
            func point(_ u: Double, _ v: Double) -> Point { Point(x: x + u * spread, y: y + v * spread) }
            strange.landmarks = Landmarks(
                rightEye: point(-1, 0), leftEye: point(1, 0), nose: point(0, 1), rightMouth: point(-1, 2),
                leftMouth: point(1, 2))
            // Eyes far apart are level all the same.
            guard alignment == .fivePoint || spread < 1 || spread.isNaN else { continue }
            #expect(try embedding(alignment, strange, in: upright) == expected, "\(x) \(spread)")
        }
    }
}

extension Array {
    fileprivate var pair: (Element, Element) { (self[0], self[1]) }
}

/// Sees no face in anything, and counts how often it looks.
private final class BlindEngine: InferenceEngine, Network {
    private let count = Atomic(0)
    let name = "blind"
    let precision = "f32"
    let prefersQuantized = false
    let input = NetworkInput(width: 160, height: 160, layout: .planarFloats)

    var runs: Int { count.load(ordering: .relaxed) }

    func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network { self }

    func run(_ input: NetworkInput, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [[Float]] {
        count.add(1, ordering: .relaxed)
        return [[Float](repeating: 0.1, count: 128)]
    }
}
