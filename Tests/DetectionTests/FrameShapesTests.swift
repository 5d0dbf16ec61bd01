import Detection
import Dispatch
import Inference
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Cameras with frames of many shapes share one YuNet, whose network is compiled for each padded shape.
@Suite(.enabled(if: Workspace.hasModels, "\(Workspace.needsModels)")) struct FrameShapesTests {
    private let engine: CountingEngine
    private let detector: any SteppedDetector

    init() throws {
        engine = CountingEngine(try OpenVINOEngine(precision: .f32, concurrency: 1))
        var options = DetectorOptions()
        options.input = 320
        detector = try Detectors.make(.yunet, options, engine: engine)
    }

    private func look(_ width: Int, _ height: Int) throws {
        _ = try detector.detect(in: Pictures.plain(width: width, height: height, y: 100))
    }

    @Test func fiveShapesInTurnAreCompiledOnce() throws {
        for _ in 0..<4 {
            for (width, height) in [(1280, 720), (640, 480), (704, 576), (480, 640), (640, 640)] {
                try look(width, height)
            }
        }
        #expect(engine.loads == 5)
    }

    @Test func aSourceThatChangesItsSizeAllTheTimeTakesNobodysNetwork() throws {
        try look(1280, 720)
        for side in stride(from: 20, to: 640, by: 20) {
            try look(640, side)
            try look(side, 640)
        }
        let loads = engine.loads
        #expect(loads <= DetectionInput.shapeCount)
        try look(1280, 720)
        #expect(engine.loads == loads)
    }

    @Test func nobodyWaitsForTheNetworkOfAnothersShape() async throws {
        try look(1280, 720)
        engine.hold()
        let looked = Atomic(0)
        for _ in 0..<2 {
            _ = onThread {
                #expect(throws: Never.self) { try look(640, 480) }
                looked.add(1, ordering: .relaxed)
            }
        }
        #expect(await eventually { engine.loads == 2 })
        for _ in 0..<3 { try look(1280, 720) }
        #expect(looked.load(ordering: .relaxed) == 0)
        engine.release()
        #expect(await eventually { looked.load(ordering: .relaxed) == 2 })
        #expect(engine.loads == 2, "two cameras of one new shape compile it once")
    }
}

/// Counts what is compiled, and can hold that up.
private final class CountingEngine: InferenceEngine {
    private let base: any InferenceEngine
    private let begun = Atomic(0)
    private let isHeld = Atomic(false)
    private let gate = DispatchSemaphore(value: 0)

    init(_ base: any InferenceEngine) { self.base = base }

    var name: String { base.name }
    var precision: String { base.precision }
    var prefersQuantized: Bool { base.prefersQuantized }
    /// Compilations that have begun.
    var loads: Int { begun.load(ordering: .acquiring) }

    func hold() { isHeld.store(true, ordering: .releasing) }

    func release() {
        isHeld.store(false, ordering: .releasing)
        gate.signal()
    }

    func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network {
        begun.add(1, ordering: .acquiringAndReleasing)
        if isHeld.load(ordering: .acquiring) { gate.wait() }
        return try base.load(model, input: input, outputs: outputs)
    }
}
