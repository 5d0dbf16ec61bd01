import Dispatch
import Synchronization

/// `map` on at most `width` threads of a Dispatch queue; results in the order of `items`. Blocks.
/// - Throws: the first error of `body`, by item order.
public func concurrentMap<Item: Sendable, Result: Sendable>(
    _ items: [Item], width: Int, _ body: @escaping @Sendable (Item) throws -> Result
) throws -> [Result] {
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(width, items.count))) { _ in
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < items.count else { return }
            let result = Swift.Result { try body(items[index]) }
            results.withLock { $0[index] = result }
        }
    }
    let finished = results.withLock { $0 }
    return try items.indices.compactMap { try finished[$0]?.get() }
}
