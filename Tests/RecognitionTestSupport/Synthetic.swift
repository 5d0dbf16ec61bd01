import Foundation
import Imaging
import Inference
import Recognition
import Synchronization
import TestSupport
import VisageCore

/// People, photos and networks that are made up: a photo is one gray, its gray is a code, and the fake networks know
/// what face has which code.
package enum Synthetic {
    package static let dimension = 128

    /// Impostor figures of the fake embedder.
    package static let curve = [
        ModelManifest.ImpostorRate(far: 0.01, similarity: 0.379),
        ModelManifest.ImpostorRate(far: 0.001, similarity: 0.509),
        ModelManifest.ImpostorRate(far: 0.0001, similarity: 0.612),
        ModelManifest.ImpostorRate(far: 0.00001, similarity: 0.696),
    ]

    /// Where person number `person` lies. Different people are hardly alike.
    package static func center(_ person: Int) -> [Float] {
        var random = SeededRandom(UInt64(1000 + person))
        return (0..<dimension).map { _ in random.normal() }
    }

    /// A view of a person; similarity to other views about 1 / (1 + spread²).
    package static func view(_ person: Int, _ view: Int, spread: Float = 0.3) -> Embedding {
        var random = SeededRandom(UInt64(person * 100 + view))
        let raw = center(person).map { $0 + spread * random.normal() }
        return Embedding(normalizing: raw) ?? unit
    }

    /// Points along the first axis.
    package static var unit: Embedding {
        guard let unit = Embedding(normalizing: [1] + [Float](repeating: 0, count: dimension - 1)) else {
            preconditionFailure("a vector of length 1 has a direction")
        }
        return unit
    }

    /// A photo's file content; `code` 0...42.
    package static func photo(_ code: Int, width: Int = 96, height: Int = 96) throws -> Data {
        let picture = Pictures.plain(width: width, height: height, y: UInt8(20 + 5 * code))
        return Data(try Photo.encode(picture, as: .png, scaler: Scaler()))
    }

    package static func code(of image: PixelBuffer) -> Int {
        (Int(image.luma[image.width / 2, image.height / 2]) - 18) / 5
    }

    package static func face(_ x: Double = 20, _ y: Double = 20, size: Double = 50, score: Double = 0.9) -> Face {
        Face(box: BoundingBox(x: x, y: y, width: size, height: size), landmarks: nil, score: score)
    }

    package static func quality(_ overall: Double) -> FaceQuality {
        FaceQuality(size: overall, pose: 1, sharpness: 1, score: 1, completeness: 1, clarity: 1)
    }
}

/// Finds the faces that it is told by code; one in the middle otherwise.
package final class FakeDetector: FaceDetector {
    private let faces: [Int: [Face]]
    private let calls = Atomic<Int>(0)

    package init(_ faces: [Int: [Face]] = [:]) { self.faces = faces }

    package var count: Int { calls.load(ordering: .relaxed) }

    package func detect(in image: PixelBuffer) throws -> [Face] {
        calls.add(1, ordering: .relaxed)
        return faces[Synthetic.code(of: image)] ?? [Synthetic.face()]
    }
}

/// Embeds person `code / 8`, view `code % 8`, and counts.
package final class CountingEmbedder: FaceEmbedder {
    private let calls = Atomic<Int>(0)

    package init() {}

    package var count: Int { calls.load(ordering: .relaxed) }

    package func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        calls.add(1, ordering: .relaxed)
        let code = Synthetic.code(of: image)
        return FaceSample(embedding: Synthetic.view(code / 8, code % 8), quality: Synthetic.quality(0.8))
    }
}

/// A faces folder on disk and everything to train on it.
package struct Workshop {
    package static let origin = EmbedderOrigin(
        id: "fake", sha256: String(repeating: "a", count: 64), crop: "square", standardisation: "none",
        precision: "f32")
    package static let detectorOrigin = Gallery.DetectorOrigin(
        id: "fake", sha256: String(repeating: "d", count: 64), input: 640)

    package let scratch: ScratchFolder
    package let faces: URL
    package let detector: FakeDetector
    package let embedder = CountingEmbedder()

    package init(_ detector: FakeDetector = FakeDetector()) throws {
        scratch = try ScratchFolder()
        faces = scratch.url.appending(path: "faces", directoryHint: .isDirectory)
        self.detector = detector
        try FileManager.default.createDirectory(at: faces, withIntermediateDirectories: true)
    }

    package func put(_ data: Data, _ person: String, _ name: String) throws {
        let folder = faces.appending(path: person, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try data.write(to: folder.appending(path: name))
    }

    package func put(_ code: Int, _ person: String) throws { try put(Synthetic.photo(code), person, "\(code).png") }

    /// `count` people named Person 0, Person 1 and so on, with `views` photos each.
    package func enrol(_ count: Int, views: Int = 3) throws {
        for person in 0..<count {
            for view in 0..<views { try put(8 * person + view, "Person \(person)") }
        }
    }

    package func reader() -> PhotoReader {
        PhotoReader(detector: detector, coarse: detector, embedder: embedder, minimumScore: 0.6)
    }

    package func train(
        earlier: Gallery? = nil, origin: EmbedderOrigin = origin,
        detector: Gallery.DetectorOrigin = detectorOrigin,
        matching: Matching = .svm, strangers: FacesFolder? = nil,
        curve: [ModelManifest.ImpostorRate] = Synthetic.curve,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> Trainer.Report {
        var options = Trainer.Options()
        options.matching = matching
        options.falseNames = 0.02
        options.strangers = strangers
        return try Trainer(
            reader: reader(), embedder: origin, detector: detector,
            curve: curve, concurrency: 3
        ).train(FacesFolder(faces), earlier: earlier, options: options, progress: progress)
    }
}
