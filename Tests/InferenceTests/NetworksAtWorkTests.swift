import Foundation
import Inference
import Synchronization
import TestSupport
import Testing
import VisageCore

/// What it takes for a process to end while networks run: OpenVINO's destructors take away the code that they execute.
@Suite(.enabled(if: Workspace.hasModels, "\(Workspace.needsModels)")) struct NetworksAtWorkTests {
    /// Ends while four threads run FaceNet again and again.
    private static func endAtWork() throws {
        // Comes last: a busy machine takes that long over all that follows OpenVINO's destructors.
        atexit { usleep(300_000) }
        let engine = try OpenVINOEngine(concurrency: 2)
        let model = try ModelStore(folder: Workspace.models).model("facenet-128").variant(for: engine)
        let network = try engine.load(model, input: EngineTests.face, outputs: ["embedding"])
        let runs = Atomic(0)
        for _ in 0..<4 {
            Thread.detachNewThread {
                while true {
                    _ = try? network.run { EngineTests.fillWithWaves($0) }
                    runs.wrappingAdd(1, ordering: .relaxed)
                }
            }
        }
        while runs.load(ordering: .relaxed) < 8 { Thread.sleep(forTimeInterval: 0.001) }
        exit(7)
    }

    @Test func theProcessEndsAsItWasToldWhileNetworksRun() async {
        // Each is another moment of the runs.
        for _ in 0..<3 { await #expect(processExitsWith: .exitCode(7)) { try Self.endAtWork() } }
    }
}
