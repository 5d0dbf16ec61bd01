import Foundation
import Synchronization
import VisageCore

/// The sessions, in memory: a restart of the service logs everybody out.
final class SessionStore: Sendable {
    private struct Entry {
        let session: Session
        let end: MonotonicTime
    }

    private static let limit = 10_000
    private let entries = Mutex<[Data: Entry]>([:])
    private let length: Duration
    private let now: @Sendable () -> MonotonicTime

    init(length: Duration, now: @escaping @Sendable () -> MonotonicTime = { .now }) {
        self.length = length
        self.now = now
    }

    /// Begins a session.
    /// - Returns: what the browser has to send; only its digest is kept.
    func begin(_ session: Session) -> String {
        let id = Secret.make()
        let now = now()
        entries.withLock { entries in
            if entries.count >= Self.limit { entries = entries.filter { $0.value.end > now } }
            if entries.count >= Self.limit, let oldest = entries.min(by: { $0.value.end < $1.value.end })?.key {
                entries[oldest] = nil
            }
            entries[Secret.digest(id)] = Entry(session: session, end: now + length)
        }
        return id
    }

    func session(_ id: String) -> Session? {
        let (key, now) = (Secret.digest(id), now())
        return entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            guard entry.end > now else {
                entries[key] = nil
                return nil
            }
            return entry.session
        }
    }

    func end(_ id: String) {
        let key = Secret.digest(id)
        entries.withLock { $0[key] = nil }
    }

    /// Ends the sessions of users whose password or role has changed.
    func endAll(where matches: (Session) -> Bool) {
        entries.withLock { entries in entries = entries.filter { !matches($0.value.session) } }
    }
}
