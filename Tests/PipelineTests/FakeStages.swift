import Foundation
import Synchronization
import TestSupport
import VisageCore

/// A scene before a camera pipeline: people at 25 frames a second. The pictures carry their frame's number in two
/// samples, so that the fake detector and embedder know which frame they are looking at.
struct Scene: Sendable {
    var people: [Person]
    var frames: Int

    func picture(_ number: Int) -> PixelBuffer {
        let picture = Pictures.plain(width: 1000, height: 400, y: 100)
        picture.luma.base[0] = UInt8(number & 127)
        picture.luma.base[1] = UInt8(number >> 7)
        return picture
    }

    static func number(of image: PixelBuffer) -> Int {
        Int(image.luma.base[0]) | Int(image.luma.base[1]) << 7
    }

    func seen(in image: PixelBuffer) -> [(person: Person, face: Face)] {
        let time = Double(Scene.number(of: image)) / 25
        return people.compactMap { person in person.face(at: time).map { (person, $0) } }
    }
}

/// Gives the scene's frames; then ends, fails, or waits to be canceled.
final class FakeSource: FrameSource {
    enum End: Sendable { case ends, fails, waits }

    let name = "fake"
    private let scene: Scene
    private let end: End
    private let given = Atomic<Int>(0)
    private let canceled = DispatchSemaphore(value: 0)
    private let isCancelled = Atomic<Bool>(false)

    init(_ scene: Scene, end: End = .ends) {
        self.scene = scene
        self.end = end
    }

    func next() throws -> SourceEvent? {
        guard !isCancelled.load(ordering: .acquiring) else { return nil }
        let number = given.add(1, ordering: .relaxed).oldValue
        if number < scene.frames {
            return .frame(Pictures.frame(number, image: scene.picture(number)))
        }
        switch end {
        case .ends: return nil
        case .fails: throw VisageError(.source, "The cable was pulled")
        case .waits:
            canceled.wait()
            return nil
        }
    }

    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        canceled.signal()
    }
}

/// Finds the scene's faces; fails on frames that it is told to.
struct FakeDetector: FaceDetector {
    let scene: Scene
    var fails: @Sendable (Int) -> Bool = { _ in false }
    /// Milliseconds, for each frame that is slow.
    var delay = 0.0
    var isSlow: @Sendable (Int) -> Bool = { _ in true }

    func detect(in image: PixelBuffer) throws -> [Face] {
        if delay > 0, isSlow(Scene.number(of: image)) { Thread.sleep(forTimeInterval: delay / 1000) }
        if fails(Scene.number(of: image)) { throw VisageError(.engine, "no detection, as the test wants it") }
        return scene.seen(in: image).map(\.face)
    }
}

/// Embeds the scene's people, sometimes late: a stage that must not show in the events.
struct FakeEmbedder: FaceEmbedder {
    let scene: Scene
    var fails: @Sendable (Int) -> Bool = { _ in false }
    /// Milliseconds at most.
    var delay = 0.0

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        if delay > 0 { Thread.sleep(forTimeInterval: .random(in: 0...delay) / 1000) }
        let number = Scene.number(of: image)
        if fails(number) { throw VisageError(.engine, "no embedding, as the test wants it") }
        guard let person = scene.seen(in: image).first(where: { $0.face.box == face.box })?.person else {
            throw VisageError(.engine, "nobody is there")
        }
        return person.sample(frame: number)
    }
}
