import Foundation

/// Memory for photos that are read at the same time: a photo waits until it fits. Safe to use from several threads.
package final class PhotoMemory: Sendable {
    /// All photos of the process.
    package static let shared = PhotoMemory(limit: PhotoContent.maxMemory)

    private let limit: Int
    private let condition = NSCondition()
    // Safe: used only under the lock of `condition`.
    nonisolated(unsafe) private var used = 0

    /// - Parameter limit: in bytes.
    package init(limit: Int) { self.limit = limit }

    /// Runs `body` while `bytes` are reserved, as soon as they fit; a single photo always does. `body` must not ask for more.
    package func with<Result>(_ bytes: Int, _ body: () throws -> Result) rethrows -> Result {
        condition.withLock {
            while used > 0, bytes > limit - used { condition.wait() }
            used += bytes
        }
        defer {
            condition.withLock {
                used -= bytes
                condition.broadcast()
            }
        }
        return try body()
    }
}
