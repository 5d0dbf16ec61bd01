import Foundation

/// Runs work that blocks on a thread of its own: Swift's cooperative pool has as many threads as there are cores,
/// and tests that block them all would wait for each other.
public func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) -> Task<
    Value, any Error
> {
    Task {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }
}
