import Daemon
import Foundation
import VisageCore

/// A daemon that runs within this process.
///
/// Safe to share: `result` is touched only under the condition's lock.
final class DaemonRun: @unchecked Sendable {
    private let condition = MonotonicCondition()
    private var result: Result<Void, any Error>?

    init(_ daemon: VisageDaemon) {
        Task.detached { [self] in
            let outcome: Result<Void, any Error>
            do {
                try await daemon.run()
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            condition.withLock {
                result = outcome
                condition.broadcast()
            }
        }
    }

    /// Waits for its end.
    /// - Throws: what it failed with.
    func wait() throws {
        try condition.withLock {
            while true {
                if let result { return result }
                condition.wait()
            }
        }.get()
    }

    /// Waits for its end until `deadline`.
    /// - Returns: whether it still runs.
    /// - Throws: what it failed with.
    func goesOn(until deadline: MonotonicTime) throws -> Bool {
        try condition.withLock {
            while result == nil, .now < deadline { condition.wait(until: deadline) }
            return result
        }.map { try $0.get() } == nil
    }
}
