import Foundation
import Imaging
import Inference
import Logging
import Recognition
import TestSupport
import Unknowns
import VisageCore

/// Faces, gallery and unknown people on disk, with networks that are made up: a photo is one gray, which says whose face
/// it shows.
struct Household {
    static let detector = Gallery.DetectorOrigin(id: "fake", sha256: String(repeating: "d", count: 64), input: 640)

    let scratch: ScratchFolder
    let faces: URL
    let gallery: URL
    let store: UnknownStore

    /// - Parameter people: with three photos each
    init(_ people: String...) throws {
        scratch = try ScratchFolder()
        faces = scratch.url.appending(path: "faces", directoryHint: .isDirectory)
        gallery = scratch.url.appending(path: "gallery", directoryHint: .isDirectory)
        store = UnknownStore(scratch.file("unknown"))
        for (number, name) in people.enumerated() { try put(number, name) }
    }

    /// - Parameter number: of the face, 0...4
    func put(_ number: Int, _ name: String, in folder: URL? = nil) throws {
        let place = (folder ?? faces).appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for view in 0..<3 {
            let picture = Pictures.plain(width: 96, height: 96, y: UInt8(20 + 5 * (8 * number + view)))
            try Data(Photo.encode(picture, as: .png, scaler: Scaler())).write(to: place.appending(path: "\(view).png"))
        }
    }

    /// Makes photos unusable.
    func damage(_ paths: String...) throws {
        for path in paths { try Data("no picture \(path)".utf8).write(to: faces.appending(path: path)) }
    }

    /// Unknown people who were seen, numbered from 1.
    func see(_ numbers: Int..., by embedder: EmbedderOrigin = Strangers.origin) throws {
        let keeper = try UnknownKeeper(
            store.folder, settings: UnknownSettings(), embedder: embedder, curve: Strangers.curve,
            cameras: [("door", false)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let door = keeper.memory.camera("door", isStart: true)
        for (track, number) in numbers.enumerated() { door.visit(number, track: track, views: 3) }
        keeper.close()
    }

    private var trainer: Trainer {
        let detector = OneFace()
        return Trainer(
            reader: PhotoReader(detector: detector, coarse: detector, embedder: Grays(), minimumScore: 0.6),
            embedder: Strangers.origin, detector: Self.detector, curve: Strangers.curve, concurrency: 2)
    }

    func train(strangers: FacesFolder? = nil) throws {
        var options = Trainer.Options()
        options.strangers = strangers
        let report = try trainer.train(FacesFolder(faces), earlier: nil, options: options) { _ in }
        try GalleryFile.write(report.gallery, to: gallery)
    }

    func update(strangers: FacesFolder? = nil) throws -> GalleryUpdate {
        let lock = try FacesLock(faces)
        let known = FileManager.default.fileExists(atPath: gallery.path) ? try GalleryFile.load(gallery) : nil
        return try GalleryUpdate(gallery, gallery: known, lock: lock, strangers: strangers, trainer: trainer)
    }

    func forgetting(_ name: String) throws -> Forgetting {
        try Forgetting(name, among: store.load().people, store: store, update: update())
    }

    func known() throws -> Gallery { try GalleryFile.load(gallery) }

    /// Everything in the faces folder, hidden things too.
    func files(in folder: URL? = nil) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: (folder ?? faces).path).sorted()
    }
}

/// Finds one face in the middle.
private struct OneFace: FaceDetector {
    func detect(in image: PixelBuffer) throws -> [Face] {
        [Face(box: BoundingBox(x: 20, y: 20, width: 50, height: 50), landmarks: nil, score: 0.9)]
    }
}

/// Embeds the person and view of the gray as `Strangers` does.
private struct Grays: FaceEmbedder {
    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        let code = (Int(image.luma[image.width / 2, image.height / 2]) - 18) / 5
        return FaceSample(
            embedding: Strangers.embedding(code / 8, view: code % 8),
            quality: FaceQuality(size: 0.8, pose: 1, sharpness: 1, score: 1, completeness: 1, clarity: 1))
    }
}
