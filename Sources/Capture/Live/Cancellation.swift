import Foundation
import Synchronization
import VisageCore

/// A flag that can be waited for. Waiting is on the monotonic clock, whatever happens to the wall clock meanwhile;
/// that is why it is a pipe and `poll`, and not a Dispatch semaphore, which waits on the wall clock on Linux.
package final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)
    /// Becomes readable on `cancel` and stays so; -1 if the process is out of descriptors.
    let descriptor: Int32
    private let trigger: Int32

    package init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        descriptor = ends[0]
        trigger = ends[1]
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if trigger >= 0 { close(trigger) }
    }

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() {
        flag.store(true, ordering: .releasing)
        // The byte is never read, so writing one is enough.
        var byte: UInt8 = 1
        if trigger >= 0 { _ = write(trigger, &byte, 1) }
    }

    /// Waits until `deadline`.
    /// - Returns: false if canceled.
    func wait(until deadline: MonotonicTime) -> Bool {
        while !isCancelled {
            let left = (deadline - .now).inNanoseconds
            guard left > 0 else { return true }
            // Rounded up: never early. Without a descriptor (poll ignores -1) the flag is looked at now and then.
            let slice = min((left + 999_999) / 1_000_000, descriptor >= 0 ? 1_000_000 : 20)
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&poller, 1, Int32(slice))
        }
        return false
    }
}
