import Synchronization

/// Keeps values that take long to make, such as compiled networks, and makes each when it is first asked for.
///
/// Making happens outside the lock, so that nobody waits for a value that only others need. Who asks for a value that is
/// being made waits for it instead of making another.
package final class LoadingCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    fileprivate enum Entry: Sendable {
        case making(PendingValue<Value>)
        case ready(Value)
    }

    fileprivate struct State {
        var entries: [Key: Entry] = [:]
        /// Keys of values that are ready, the least recently used first.
        var order: [Key] = []
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many values are kept; the least recently used one is dropped for another. Who still uses
    ///   a dropped value keeps it.
    package init(capacity: Int) { self.capacity = max(1, capacity) }

    /// The value of a key. Blocks while it is made.
    /// - Parameter make: makes it; called by one caller at a time for each key.
    /// - Throws: what `make` throws, to all callers that wait for it. The next caller after them tries again.
    package func value(for key: Key, make: () throws -> Value) throws -> Value {
        let mine = PendingValue<Value>()
        let found = state.withLock { state -> Entry in
            if let entry = state.entries[key] {
                if case .ready = entry { state.use(key) }
                return entry
            }
            state.entries[key] = .making(mine)
            return .making(mine)
        }
        switch found {
        case .ready(let value): return value
        case .making(let pending) where pending !== mine: return try pending.wait()
        case .making: break
        }
        let result = Result { try make() }
        // A dropped value is freed after the lock is released: freeing a network takes a while, too.
        let dropped = state.withLock { state in
            switch result {
            case .success(let value):
                state.entries[key] = .ready(value)
                state.use(key)
                return state.dropLeastRecentlyUsed(beyond: capacity)
            case .failure:
                state.entries[key] = nil
                return []
            }
        }
        mine.finish(result)
        return try withExtendedLifetime(dropped) { try result.get() }
    }
}

extension LoadingCache.State {
    fileprivate mutating func use(_ key: Key) {
        order.removeAll { $0 == key }
        order.append(key)
    }

    fileprivate mutating func dropLeastRecentlyUsed(beyond capacity: Int) -> [LoadingCache.Entry] {
        guard order.count > capacity else { return [] }
        let keys = order.prefix(order.count - capacity)
        order.removeFirst(keys.count)
        return keys.compactMap { entries.removeValue(forKey: $0) }
    }
}

/// A value that one thread makes and others wait for.
private final class PendingValue<Value: Sendable>: @unchecked Sendable {
    // Safe: `result` is touched only under the condition's lock.
    private let condition = MonotonicCondition()
    private var result: Result<Value, any Error>?

    func wait() throws -> Value {
        try condition.withLock {
            while true {
                if let result { return try result.get() }
                condition.wait()
            }
        }
    }

    func finish(_ result: Result<Value, any Error>) {
        condition.withLock {
            self.result = result
            condition.broadcast()
        }
    }
}
