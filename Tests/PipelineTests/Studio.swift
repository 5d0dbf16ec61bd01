import Decision
import Foundation
import Imaging
import Logging
import Pipeline
import Synchronization
import TestSupport
import Unknowns
import VisageCore

/// A pipeline made of these.
struct Studio {
    var scene: Scene
    var end = FakeSource.End.ends
    /// Instead of the scene as a file.
    var live: FakeLiveSource?
    /// Milliseconds for each frame that is slow.
    var detectorDelay = 0.0
    var detectorIsSlow: @Sendable (Int) -> Bool = { _ in true }
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
        let recognition = recognition(unknowns: memory())
        return try pipeline { recognition }
    }

    /// The embedder of the scene, with its gallery of Ann and Bob.
    func recognition(generation: Int = 0, unknowns: UnknownMemory) -> FaceRecognition {
        FaceRecognition(
            generation: generation,
            embeddings: queue
                ?? EmbeddingQueue(
                    embedder: FakeEmbedder(scene: scene, fails: embedderFails, delay: embedderDelay), width: width),
            classifier: annAndBob, unknowns: unknowns.camera("door", isStart: true), rules: DecisionRules(madeUpCurve))
    }

    func pipeline(_ recognition: @escaping @Sendable () -> FaceRecognition) throws -> CameraPipeline {
        CameraPipeline(
            CameraPipeline.Parts(
                camera: "door", source: live ?? FakeSource(scene, end: end),
                detector: FakeDetector(
                    scene: scene, fails: detectorFails, delay: detectorDelay, isSlow: detectorIsSlow),
                recognition: recognition, events: ledger, recorder: recorder, broadcaster: broadcaster,
                annotator: try Annotator(),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
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
