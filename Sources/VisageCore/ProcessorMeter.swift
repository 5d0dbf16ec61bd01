import Foundation
import Synchronization

/// The processor time of the calling thread so far, in user and kernel mode.
package enum ProcessorTime {
    package static var ofThread: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// Sums the processor time that all threads together spend on one kind of work. Two system calls a measurement.
package final class ProcessorMeter: Sendable {
    /// Scaling frames for the detector, a part of the stage that detects.
    package static let scaling = ProcessorMeter()

    private let nanoseconds = Atomic<Int64>(0)

    package init() {}

    /// Since the start of the process.
    package var total: Duration { .nanoseconds(nanoseconds.load(ordering: .relaxed)) }

    package func timed<Result>(_ body: () throws -> Result) rethrows -> Result {
        let start = ProcessorTime.ofThread
        defer { nanoseconds.add((ProcessorTime.ofThread - start).inNanoseconds, ordering: .relaxed) }
        return try body()
    }
}
