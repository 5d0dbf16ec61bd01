import Events
import Foundation
import Pipeline
import Publishing
import Synchronization
import VisageCore

/// Turns the counts of the cameras' pipelines into `stats` events.
package final class StatisticsBoard: Sendable {
    private struct Entry: Sendable {
        let camera: String
        let pipeline: CameraPipeline
        let queued: @Sendable () -> Int
        let dropped: @Sendable () -> Int
        var since = MonotonicTime.now
        var losses = SourceLosses()
        var last: Event?
    }

    private let entries = Mutex<[Entry]>([])

    package init() {}

    func add(
        _ camera: String, _ pipeline: CameraPipeline, queued: @escaping @Sendable () -> Int, hub: EventHub
    ) {
        entries.withLock {
            $0.append(
                Entry(
                    camera: camera, pipeline: pipeline, queued: queued,
                    // Weak, because the hub holds the board: neither would be freed otherwise.
                    dropped: { [weak hub] in hub?.dropped ?? 0 }))
        }
    }

    func remove(_ camera: String) { entries.withLock { $0.removeAll { $0.camera == camera } } }

    /// The newest event of every camera. Before the first `update`, counts since the camera's start.
    func events() -> [Event] {
        entries.withLock { entries in
            for index in entries.indices where entries[index].last == nil { Self.refresh(&entries[index]) }
            return entries.compactMap(\.last)
        }
    }

    /// Makes a new event of every camera, with the counts since the one before.
    func update() -> [Event] {
        entries.withLock { entries in
            for index in entries.indices { Self.refresh(&entries[index]) }
            return entries.compactMap(\.last)
        }
    }

    private static func refresh(_ entry: inout Entry) {
        let now = MonotonicTime.now
        let counts = entry.pipeline.statistics.take()
        let elapsed = (now - entry.since).inSeconds
        let losses = entry.pipeline.losses
        let lost = losses - entry.losses
        entry.losses = losses
        let latencies = counts.latencies.sorted()
        func percentile(_ share: Double) -> Double {
            latencies.isEmpty ? 0 : latencies[min(latencies.count - 1, Int(share * Double(latencies.count)))]
        }
        let stats = Event.Stats(
            fps: elapsed > 0 ? (Double(counts.published) / elapsed * 10).rounded() / 10 : 0,
            latencyP50Ms: percentile(0.5).roundedToFourDecimals, latencyP99Ms: percentile(0.99).roundedToFourDecimals,
            skipped: lost.skipped, damaged: lost.damaged, missed: lost.missed, unrecorded: counts.unrecorded,
            queued: entry.queued(), eventsDropped: entry.dropped())
        entry.since = now
        entry.last = Event(.stats(stats), time: Date(), camera: entry.camera)
    }
}
