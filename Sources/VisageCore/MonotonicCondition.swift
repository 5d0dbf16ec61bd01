import Foundation

/// A lock with a condition whose deadlines are on the monotonic clock: Foundation's are on the wall clock, and wait for
/// an hour when that is set back by one.
///
/// Safe to share: the two pthread objects are made for that, and live at fixed addresses until `deinit`.
package final class MonotonicCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Waits for `broadcast`. Within `withLock` only. May wake early, as all conditions do.
    package func wait() { pthread_cond_wait(condition, mutex) }

    /// Waits for `broadcast`, at most until `deadline`. Within `withLock` only. May wake early, as all conditions do.
    package func wait(until deadline: MonotonicTime) {
        let nanoseconds = max(0, deadline.nanoseconds)
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        pthread_cond_timedwait(condition, mutex, &time)
    }

    /// Wakes all that wait.
    package func broadcast() { pthread_cond_broadcast(condition) }
}
