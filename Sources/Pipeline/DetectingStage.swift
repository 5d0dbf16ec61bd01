import Dispatch
import Foundation
import Logging
import Synchronization
import VisageCore

/// Looks for faces in every frame, and for cuts.
///
/// A live camera's frames are processed one at a time, so that none waits for another. Of a file, the frames that are
/// waiting are processed at the same time, at most one for each processor: detection on a single thread would be the
/// bottleneck. The result for a frame does not depend on the other frames, and frames are handed on in their order.
struct DetectingStage {
    let parts: CameraPipeline.Parts
    let statistics: PipelineStatistics
    let processing: WorkMeter
    let captured: Channel<SourceEvent>
    let detected: Channel<DecidingStage.Step>

    /// Runs until the source has ended, or the next stage has stopped.
    func run() {
        defer { detected.close() }
        var cuts = SceneCut()
        let isLive = parts.source.isLive
        let count = isLive ? 1 : ProcessInfo.processInfo.activeProcessorCount
        while true {
            if isLive { detected.waitForReader() }
            let events = captured.receive(atMost: count)
            guard !events.isEmpty else { return }
            for (event, faces) in zip(events, faces(in: events)) {
                guard pass(event, faces, &cuts) else { return }
            }
        }
    }

    /// Hands an event and the faces of its frame on to the next stage.
    /// - Returns: false if that stage has stopped.
    private func pass(_ event: SourceEvent, _ faces: [Face], _ cuts: inout SceneCut) -> Bool {
        switch event {
        case .opened(let what):
            parts.log.notice("\(parts.source.name) is open: \(what)", metadata: ["camera": "\(parts.camera)"])
            processing.end()
            return true
        case .outage(let outage):
            cuts = SceneCut()
            return detected.send(.outage(outage))
        case .frame(let frame):
            statistics.detected(faces.count)
            let isCut = cuts.isCut(frame.image)
            return detected.send(.detected(.init(frame: frame, faces: faces, isCut: isCut)))
        }
    }

    /// For each event the faces of its frame; none where it is no frame.
    private func faces(in events: [SourceEvent]) -> [[Face]] {
        guard events.count > 1 else { return events.map(faces) }
        let found = Mutex([[Face]](repeating: [], count: events.count))
        DispatchQueue.concurrentPerform(iterations: events.count) { index in
            let faces = faces(in: events[index])
            found.withLock { $0[index] = faces }
        }
        return found.withLock { $0 }
    }

    private func faces(in event: SourceEvent) -> [Face] {
        guard case .frame(let frame) = event else { return [] }
        do {
            return try statistics.timed(.detect) { try parts.detector.detect(in: frame.image) }
        } catch {
            parts.log.warning("Faces could not be looked for: \(error)", metadata: ["camera": "\(parts.camera)"])
            return []
        }
    }
}
