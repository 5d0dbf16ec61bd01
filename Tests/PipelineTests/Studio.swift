import Foundation
import Imaging
import Logging
import Pipeline
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

    static func number(of image: PixelBuffer) -> Int { Int(image.luma.base[0]) | Int(image.luma.base[1]) << 7 }

    func seen(in image: PixelBuffer) -> [(person: Person, face: Face)] {
        let time = Double(Scene.number(of: image)) / 25
        return people.compactMap { person in person.face(at: time).map { (person, $0) } }
    }
}

/// Gives the scene's frames; then ends, fails, or waits to be cancelled.
final class FakeSource: FrameSource {
    enum End: Sendable { case ends, fails, waits }

    let name = "fake"
    private let scene: Scene
    private let end: End
    private let given = Atomic<Int>(0)
    private let cancelled = DispatchSemaphore(value: 0)
    private let isCancelled = Atomic<Bool>(false)

    init(_ scene: Scene, end: End = .ends) {
        self.scene = scene
        self.end = end
    }

    func next() throws -> Frame? {
        guard !isCancelled.load(ordering: .acquiring) else { return nil }
        let number = given.add(1, ordering: .relaxed).oldValue
        if number < scene.frames { return Pictures.frame(number, image: scene.picture(number)) }
        switch end {
        case .ends: return nil
        case .fails: throw VisageError(.source, "The cable was pulled")
        case .waits:
            cancelled.wait()
            return nil
        }
    }

    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        cancelled.signal()
    }
}

/// Finds the scene's faces; fails on frames that it is told to.
struct FakeDetector: FaceDetector {
    let scene: Scene
    var fails: @Sendable (Int) -> Bool = { _ in false }

    func detect(in image: PixelBuffer) throws -> [Face] {
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

/// Keeps events.
final class Ledger: EventSink {
    private let kept = Mutex<[Event]>([])
    let wantsFrames: Bool

    init(wantsFrames: Bool = false) { self.wantsFrames = wantsFrames }

    var events: [Event] { kept.withLock { $0 } }
    var types: [EventType] { events.map(\.type) }

    func publish(_ event: Event) { kept.withLock { $0.append(event) } }

    /// The events as lines, without what a clock put in.
    var lines: [String] {
        events.map { event in
            var event = event
            if event.type == .sourceDown { event.time = "" }
            return (try? event.line()) ?? "?"
        }
    }
}

/// Keeps which frames were written, each as slowly as asked.
final class FakeRecorder: FrameRecorder {
    private let kept = Mutex<(written: [Int], finished: Int)>(([], 0))
    private let delay: Double

    init(delay milliseconds: Double = 0) { delay = milliseconds }

    var written: [Int] { kept.withLock { $0.written } }
    var finished: Int { kept.withLock { $0.finished } }

    func position(of frame: Frame) -> RecordingPosition? {
        RecordingPosition(file: "a.mp4", offsetMs: Int(frame.pts.milliseconds))
    }

    func write(_ frame: Frame, at position: RecordingPosition) {
        if delay > 0 { Thread.sleep(forTimeInterval: delay / 1000) }
        kept.withLock { $0.written.append(frame.number) }
    }

    func finish() { kept.withLock { $0.finished += 1 } }
}

/// Keeps which frames were shown.
final class FakeBroadcaster: FrameBroadcaster {
    private let kept = Mutex<[Int]>([])
    let isWatched: Bool

    init(isWatched: Bool) { self.isWatched = isWatched }

    var shown: [Int] { kept.withLock { $0 } }
    func show(_ frame: Frame) { kept.withLock { $0.append(frame.number) } }
}

/// A pipeline made of these.
struct Studio {
    var scene: Scene
    var end = FakeSource.End.ends
    var detectorFails: @Sendable (Int) -> Bool = { _ in false }
    var embedderFails: @Sendable (Int) -> Bool = { _ in false }
    var embedderDelay = 0.0
    var width = 2
    /// Shared with other cameras; nil for one of its own.
    var queue: EmbeddingQueue?
    var ledger = Ledger()
    var recorder: FakeRecorder?
    var broadcaster: FakeBroadcaster?

    init(_ people: Person..., frames: Int = 100) { scene = Scene(people: people, frames: frames) }

    func pipeline() throws -> CameraPipeline {
        CameraPipeline(
            CameraPipeline.Parts(
                camera: "door", source: FakeSource(scene, end: end),
                detector: FakeDetector(scene: scene, fails: detectorFails),
                embeddings: queue
                    ?? EmbeddingQueue(
                        embedder: FakeEmbedder(scene: scene, fails: embedderFails, delay: embedderDelay), width: width),
                classifier: annAndBob, events: ledger, recorder: recorder, broadcaster: broadcaster,
                annotator: try Annotator(), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
            options: CameraPipeline.Options())
    }

    /// Runs it to its end.
    /// - Returns: whether it ended in time.
    func run(_ pipeline: CameraPipeline) async -> Bool {
        let isEnded = Flag()
        pipeline.start()
        pipeline.whenEnded { isEnded.set() }
        return await eventually { isEnded.count > 0 }
    }
}

/// Counts how often it was set.
final class Flag: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .acquiring) }
    func set() { value.add(1, ordering: .releasing) }
}
