import Foundation
import Synchronization

/// How long SQLite waits for a lock that another process has. Events are on their way while it waits, so it is short; and
/// while a lock lasts they do not wait at all.
final class BusyPatience: Sendable {
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
        usleep(1_000)
        return true
    }
}
