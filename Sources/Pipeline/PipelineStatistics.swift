import Synchronization
import VisageCore

/// How a camera does, counted where it happens.
public final class PipelineStatistics: Sendable {
    /// What takes time. Of a file at full speed `capture` is decoding.
    public enum Stage: String, Sendable, CaseIterable {
        case capture, detect, embed, encode
    }

    /// What was counted since the last `take`.
    public struct Snapshot: Sendable {
        public var captured = 0
        public var published = 0
        /// Milliseconds from capture to publication, of each frame.
        public var latencies: [Double] = []
        public var stages: [Stage: [Double]] = [:]
    }

    private let counts = Mutex(Snapshot())
    /// A camera at 60 fps fills this in a minute; nobody waits that long with `take`.
    private static let limit = 4096
    /// What `take` does not reset.
    private let total = Atomic<Int>(0)

    package init() {}

    public var framesInTotal: Int { total.load(ordering: .relaxed) }

    /// The counts since the last call.
    public func take() -> Snapshot {
        counts.withLock { counts in
            defer { counts = Snapshot() }
            return counts
        }
    }

    func captured() { counts.withLock { $0.captured += 1 } }

    func published(_ frame: Frame) {
        let latency = (MonotonicTime.now - frame.captured).milliseconds
        total.add(1, ordering: .relaxed)
        counts.withLock { counts in
            counts.published += 1
            if counts.latencies.count < Self.limit { counts.latencies.append(latency) }
        }
    }

    func timed<Result>(_ stage: Stage, _ body: () throws -> Result) rethrows -> Result {
        let start = MonotonicTime.now
        defer {
            let elapsed = (MonotonicTime.now - start).milliseconds
            counts.withLock { counts in
                if counts.stages[stage, default: []].count < Self.limit { counts.stages[stage, default: []].append(elapsed) }
            }
        }
        return try body()
    }
}
