import Foundation
import NIOCore

/// Whose turn it is to read a page of the log: the users take turns, and so do the subscribers of each. What somebody asks
/// for again and again costs him and nobody else.
package struct ReplaySchedule<Job> {
    private var waiting: [uid_t: CircularBuffer<Job>] = [:]
    package init() {}

    /// Users with jobs, the next one first.
    private var turns = CircularBuffer<uid_t>()

    package mutating func add(_ job: Job, of user: uid_t) {
        if waiting[user] == nil { turns.append(user) }
        waiting[user, default: CircularBuffer()].append(job)
    }

    package mutating func next() -> Job? {
        guard let user = turns.popFirst(), let job = waiting[user]?.popFirst() else { return nil }
        if waiting[user]?.isEmpty == true {
            waiting[user] = nil
        } else {
            turns.append(user)
        }
        return job
    }
}
