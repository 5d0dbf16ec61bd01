import Synchronization

/// Counts from several threads and reports each count.
public final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    private let report: @Sendable (Int) -> Void

    public init(_ report: @escaping @Sendable (Int) -> Void) { self.report = report }

    public func increment() { report(count.add(1, ordering: .relaxed).newValue) }
}
