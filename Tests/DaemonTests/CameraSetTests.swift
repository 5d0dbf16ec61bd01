import Daemon
import Detection
import Foundation
import Imaging
import Inference
import Pipeline
import Publishing
import Recognition
import Synchronization
import TestSupport
import Testing
import Unknowns
import VisageConfiguration
import VisageCore

@Suite struct CameraSetTests {
    private let scratch: ScratchFolder
    private let hub: EventHub
    private let sources = FakeSources()
    private let shared: SharedParts

    init() throws {
        scratch = try ScratchFolder()
        let log = LogCatcher()
        hub = EventHub(
            log: try EventLog(at: scratch.file("events.db").path, logger: log.logger), version: "test", cameras: [],
            logger: log.logger)
        let embedder = EmbedderOrigin(
            id: "none", sha256: "0", crop: "none", standardisation: "none", precision: "f32")
        var decoration = Decoration()
        decoration.source = { [sources] in sources.replace($0) }
        shared = try SharedParts(
            detectors: DetectorShelf { _ in BlindDetector() },
            gallery: GalleryInForce(
                path: "", embedders: GalleryEmbedders(width: 1) { _, _ in NoEmbedder(origin: embedder) },
                logger: log.logger),
            unknowns: UnknownMemory(UnknownSettings(), embedder: embedder, curve: []), events: hub,
            decoration: decoration, logger: log.logger)
    }

    private func plans(_ names: String..., lostAfter: Double = 3) -> [CameraPlan] {
        var configuration = Configuration()
        configuration.cameras = names.map { name in
            var camera = Configuration.Camera()
            (camera.name, camera.source) = (name, "/dev/\(name)")
            return camera
        }
        configuration.frames.folder = ""
        configuration.recording.enabled = false
        configuration.tracking.lostAfter = lostAfter
        return CameraPlan.all(configuration)
    }

    private func start(_ plans: [CameraPlan]) throws -> CameraSet {
        let set = try CameraSet(plans, shared: shared, hub: hub, statistics: StatisticsBoard())
        set.start()
        return set
    }

    private func names(_ set: CameraSet) -> [String] { set.cameras.map(\.plan.name) }

    private func end(_ set: CameraSet) async {
        set.stop()
        let waiting = wait(for: set)
        #expect(await eventually { waiting.isOver })
        hub.close()
    }

    /// Waits in the background, so that a set that never ends does not keep the tests from ending.
    private func wait(for set: CameraSet) -> Waiting {
        let waiting = Waiting()
        Task {
            await set.wait()
            waiting.end()
        }
        return waiting
    }

    @Test func aReloadAddsAndRemovesCamerasAndLeavesTheOthersAlone() async throws {
        let set = try start(plans("door", "yard"))
        let door = try #require(set.cameras.first)
        await set.apply(try set.prepare(plans("hall", "door")))
        #expect(names(set) == ["hall", "door"], "in the order of the new configuration")
        #expect(set.cameras.last === door)
        #expect(hub.cameras == ["hall", "door"])
        #expect(sources.canceled == ["yard"])
        await end(set)
        #expect(sources.canceled.sorted() == ["door", "hall", "yard"])
    }

    @Test func aCameraWhosePlanChangesIsMadeAnew() async throws {
        let set = try start(plans("door"))
        let door = try #require(set.cameras.first)
        await set.apply(try set.prepare(plans("door", lostAfter: 5)))
        #expect(names(set) == ["door"] && set.cameras.first !== door)
        #expect(sources.canceled == ["door"] && sources.made == ["door", "door"])
        await end(set)
    }

    @Test func theSameConfigurationChangesNothing() async throws {
        let set = try start(plans("door", "yard"))
        await set.apply(try set.prepare(plans("door", "yard")))
        #expect(sources.canceled.isEmpty && sources.made == ["door", "yard"])
        await end(set)
    }

    @Test func whatCannotBeMadeChangesNothing() async throws {
        let set = try start(plans("door", "yard"))
        var bad = plans("hall", "cellar")
        var configuration = Configuration()
        configuration.cameras = [Configuration.Camera()]
        configuration.cameras[0].source = scratch.file("missing.mp4").path
        bad += CameraPlan.all(configuration)
        #expect(throws: VisageError.self) { try set.prepare(bad) }
        #expect(names(set) == ["door", "yard"] && hub.cameras == ["door", "yard"])
        #expect(sources.canceled.isEmpty)
        await end(set)
    }

    @Test func noCameraOfARunHasTheTrackNumbersOfAnother() async throws {
        let set = try start(plans("door", "yard"))
        var numbers = set.cameras.map(\.numbers)
        for lostAfter in [4.0, 5, 6] {
            // One that is prepared and not applied must not share its numbers either.
            _ = try set.prepare(plans("cellar"))
            await set.apply(try set.prepare(plans("door", "yard", lostAfter: lostAfter)))
            numbers += set.cameras.map(\.numbers)
        }
        #expect(Set(numbers).count == 8)
        #expect(Set(numbers.dropFirst(2).map(\.first)).count == 6)
        await end(set)
    }

    @Test func waitReturnsWhenAllHaveEnded() async throws {
        let set = try start(plans("door", "yard"))
        let waiting = wait(for: set)
        sources.finish("door")
        #expect(await eventually { set.cameras.first?.pipeline.outage == "the source has ended" })
        #expect(!waiting.isOver, "the other one goes on")
        sources.finish("yard")
        #expect(await eventually { waiting.isOver })
        hub.close()
    }

    @Test func aCameraThatAReloadAddsWhileTheDaemonStopsIsStopped() async throws {
        let set = try start(plans("door"))
        let change = try set.prepare(plans("door", "yard"))
        set.stop()
        await set.apply(change)
        let waiting = wait(for: set)
        #expect(await eventually { waiting.isOver })
        #expect(sources.canceled.sorted() == ["door", "yard"])
        hub.close()
    }
}

private final class Waiting: Sendable {
    private let state = Atomic(false)

    var isOver: Bool { state.load(ordering: .acquiring) }
    func end() { state.store(true, ordering: .releasing) }
}

/// In place of cameras: sources that are silent until they end.
private final class FakeSources: Sendable {
    private struct State {
        var made: [(name: String, source: SilentSource)] = []
    }

    private let state = Mutex(State())

    /// The names of all sources, in the order in which they were made.
    var made: [String] { state.withLock { $0.made.map(\.name) } }
    /// Those that were told to end.
    var canceled: [String] { state.withLock { $0.made.filter { $0.source.isCancelled }.map(\.name) } }

    func replace(_ source: any FrameSource) -> any FrameSource {
        let name = URL(filePath: source.name).lastPathComponent
        let silent = SilentSource(name: name)
        state.withLock { $0.made.append((name, silent)) }
        return silent
    }

    /// Ends a source as a file ends.
    func finish(_ name: String) {
        for (made, source) in state.withLock({ $0.made }) where made == name { source.finish() }
    }
}

private final class SilentSource: FrameSource {
    let name: String
    let isLive = true
    private let end = DispatchSemaphore(value: 0)
    private let canceled = Mutex(false)

    init(name: String) { self.name = name }

    var isCancelled: Bool { canceled.withLock { $0 } }

    func next() throws -> SourceEvent? {
        end.wait()
        // For calls after the end.
        end.signal()
        return nil
    }

    func finish() { end.signal() }

    func cancel() {
        canceled.withLock { $0 = true }
        end.signal()
    }
}

private struct BlindDetector: SteppedDetector {
    func scale(_ image: PixelBuffer) throws {}
    func detect(in image: PixelBuffer) throws -> [Face] { [] }
}

private struct NoEmbedder: GalleryEmbedder {
    let origin: EmbedderOrigin
    let impostors: [ModelManifest.ImpostorRate] = []

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        throw VisageError(.engine, "there is no embedder here")
    }
}
