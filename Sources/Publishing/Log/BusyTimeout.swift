import Foundation
import Synchronization

/// How long SQLite waits for a lock that another process holds. Events wait meanwhile, so the timeout is short; once it
/// has passed, later events do not wait for the same lock at all.
final class BusyTimeout: Sendable {
    /// Milliseconds.
    enum Limit {
        static let opening = 2_000
        static let usual = 50
        static let none = 0
    }

    private let limit = Atomic(Limit.opening)

    func set(_ milliseconds: Int) { limit.store(milliseconds, ordering: .relaxed) }

    /// SQLite's busy handler. `tries` counts those for one lock.
    func wait(_ tries: Int) -> Bool {
        guard tries < limit.load(ordering: .relaxed) else { return false }
        // SQLite can only be asked again: it does not tell when a lock is released.
        usleep(1_000)
        return true
    }
}
