import Dispatch
import Foundation
import Synchronization
import VisageCore

/// Embeds faces on a Dispatch concurrent queue, at most `width` at once for all cameras together, so that queue and
/// engine never use more threads than there are cores.
public final class EmbeddingQueue: Sendable {
    private struct State: Sendable {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let queue = DispatchQueue(label: "visage.embedding", qos: .userInitiated, attributes: .concurrent)
    private let width: Int
    private let embedder: any FaceEmbedder
    private let state = Mutex(State())
    private let work = WorkMeter()

    /// - Parameter width: jobs that run at once.
    public init(embedder: any FaceEmbedder, width: Int) {
        self.embedder = embedder
        self.width = max(1, width)
    }

    /// Jobs that run or wait.
    public var depth: Int { state.withLock { $0.running + $0.waiting.count } }

    /// For how long jobs have been waiting without one being finished.
    public func stall(at now: MonotonicTime) -> Duration { work.stall(at: now) }

    /// Embeds one face; returns at once.
    package func submit(_ face: Face, of frame: Frame, _ statistics: PipelineStatistics) -> EmbeddingJob {
        let job = EmbeddingJob()
        work.begin()
        let work: @Sendable () -> Void = { [embedder, work] in
            defer { work.end() }
            statistics.embedded()
            job.finish(Result { try statistics.timed(.embed) { try embedder.sample(face, in: frame.image) } })
        }
        let mayStart = state.withLock { state in
            guard state.running < width else {
                state.waiting.append(work)
                return false
            }
            state.running += 1
            return true
        }
        if mayStart { start(work) }
        return job
    }

    private func start(_ work: @escaping @Sendable () -> Void) {
        queue.async { [self] in
            work()
            let next = state.withLock { state -> (@Sendable () -> Void)? in
                guard !state.waiting.isEmpty else {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            if let next { start(next) }
        }
    }
}

/// The embedding of one face, which is computed on the queue.
public final class EmbeddingJob: @unchecked Sendable {
    // Safe: `result` is touched only under the condition's lock.
    private let condition = MonotonicCondition()
    private var result: Result<FaceSample, any Error>?

    /// nil while it is under way.
    var outcome: Result<FaceSample, any Error>? { condition.withLock { result } }

    /// Waits for the outcome.
    package func wait() -> Result<FaceSample, any Error> {
        condition.withLock {
            while true {
                if let result { return result }
                condition.wait()
            }
        }
    }

    /// Waits for the outcome, at most until `deadline`.
    /// - Returns: nil if it is still under way.
    @discardableResult package func wait(until deadline: MonotonicTime) -> Result<FaceSample, any Error>? {
        condition.withLock {
            while result == nil, .now < deadline { condition.wait(until: deadline) }
            return result
        }
    }

    func finish(_ result: Result<FaceSample, any Error>) {
        condition.withLock {
            self.result = result
            condition.broadcast()
        }
    }
}
