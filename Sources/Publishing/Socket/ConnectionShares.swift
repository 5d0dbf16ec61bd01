import Foundation

/// How connections are shared among the users of the machine: nobody may hold more of them than are left for others. A
/// user who takes all that he can get has half of them, the next one half of the rest, and so on; who comes last still
/// finds some.
package struct ConnectionShares {
    package let capacity: Int
    package private(set) var count = 0
    private var users: [uid_t: Int] = [:]

    package init(capacity: Int) { self.capacity = capacity }

    /// How many a user holds.
    package func held(by user: uid_t) -> Int { users[user] ?? 0 }

    /// - Returns: false if the user has his share, or everything is taken.
    package mutating func take(for user: uid_t) -> Bool {
        guard held(by: user) < capacity - count else { return false }
        users[user, default: 0] += 1
        count += 1
        return true
    }

    package mutating func giveBack(from user: uid_t) {
        guard let held = users[user] else { return }
        users[user] = held > 1 ? held - 1 : nil
        count -= 1
    }
}
