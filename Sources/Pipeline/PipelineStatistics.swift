import Synchronization
import VisageCore

/// Counts and times of one camera's pipeline.
public final class PipelineStatistics: Sendable {
    /// The steps that are timed. For a file that is played as fast as possible, `capture` is the time of decoding.
    public enum Stage: String, Sendable, CaseIterable {
        case capture, detect, embed, draw, encode
    }

    /// What was counted since the last `take`.
    public struct Snapshot: Sendable {
        public var captured = 0
        public var published = 0
        /// Frames of a live camera that were published but not recorded, because the recorder was too slow.
        public var unrecorded = 0
        /// Milliseconds from capture to publication, of each frame.
        public var latencies: [Double] = []
        public var stages: [Stage: [Double]] = [:]
        /// Processor time of the threads that ran the stages. What a library's own threads take is not in it.
        public var processor: [Stage: Duration] = [:]
    }

    /// The state now, and totals since the start.
    public struct Standing: Sendable {
        /// Of the newest published frame.
        public var captured: MonotonicTime?
        public var width = 0
        public var height = 0
        public var unrecorded = 0
        public fileprivate(set) var totals = PipelineTotals()
        fileprivate(set) var outages: [MonotonicTime] = []

        /// How often the source went down within the last hour.
        public func outagesLastHour(at now: MonotonicTime) -> Int { outages.count { now - $0 < .seconds(3600) } }
    }

    private struct State {
        var standing = Standing()
        var recent = Snapshot()
        /// Everything since the start; kept for benchmarks only, as it grows.
        var whole: Snapshot?
        var started: MonotonicTime?
        var ended: MonotonicTime?
    }

    private let state = Mutex(State())
    /// A camera at 60 fps fills this in a minute; nobody waits that long with `take`.
    private static let limit = 4096

    package init() {}

    /// Keeps everything from now on, for `whole`.
    public func keepEverything() { state.withLock { $0.whole = Snapshot() } }

    /// Everything since `keepEverything`, and how long the pipeline took from its start to its end.
    public var whole: (counts: Snapshot, elapsed: Duration)? {
        state.withLock { state in
            guard let whole = state.whole, let started = state.started, let ended = state.ended else { return nil }
            return (whole, ended - started)
        }
    }

    /// Everything since `keepEverything`, while the pipeline runs; nil before that was called.
    public var everything: Snapshot? { state.withLock { $0.whole } }

    /// The counts since the last call.
    public func take() -> Snapshot {
        state.withLock { state in
            defer { state.recent = Snapshot() }
            return state.recent
        }
    }

    func started() { state.withLock { $0.started = .now } }
    func ended() { state.withLock { $0.ended = .now } }
    func captured() { add { counts, _ in counts.captured += 1 } }

    public var standing: Standing { state.withLock { $0.standing } }

    func unrecorded(_ count: Int = 1) {
        guard count > 0 else { return }
        state.withLock { $0.standing.unrecorded += count }
        add { counts, _ in counts.unrecorded += count }
    }

    func detected(_ faces: Int) { state.withLock { $0.standing.totals.faces += faces } }
    func embedded() { state.withLock { $0.standing.totals.embeddings += 1 } }

    func wentDown(at now: MonotonicTime = .now) {
        state.withLock { state in
            state.standing.outages.removeAll { now - $0 >= .seconds(3600) }
            state.standing.outages.append(now)
        }
    }

    func published(_ frame: Frame) {
        let latency = (MonotonicTime.now - frame.captured).milliseconds
        state.withLock { state in
            state.standing.captured = frame.captured
            (state.standing.width, state.standing.height) = (frame.image.width, frame.image.height)
            state.standing.totals.frames += 1
            state.standing.totals.add(latency: latency)
        }
        add { counts, limit in
            counts.published += 1
            if counts.latencies.count < limit { counts.latencies.append(latency) }
        }
    }

    func timed<Result>(_ stage: Stage, _ body: () throws -> Result) rethrows -> Result {
        let (start, processor) = (MonotonicTime.now, ProcessorTime.ofThread)
        defer {
            let elapsed = (MonotonicTime.now - start).milliseconds
            let spent = ProcessorTime.ofThread - processor
            add { counts, limit in
                counts.processor[stage, default: .zero] += spent
                if counts.stages[stage, default: []].count < limit { counts.stages[stage, default: []].append(elapsed) }
            }
        }
        return try body()
    }

    private func add(_ change: (inout Snapshot, Int) -> Void) {
        state.withLock { state in
            change(&state.recent, Self.limit)
            if var whole = state.whole {
                // Taken out so that its arrays are changed in place.
                state.whole = nil
                change(&whole, .max)
                state.whole = whole
            }
        }
    }
}
