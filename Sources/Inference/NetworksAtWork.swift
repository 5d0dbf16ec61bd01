import Foundation
import VisageCore

/// The calls of OpenVINO that are under way in this process: compiling networks, and running them.
///
/// `exit` runs OpenVINO's destructors, which take away the machine code that other threads still execute. That would be a
/// crash in place of the exit code. So the process ends only when the calls are over.
///
/// Safe to share: `count` and `isEnding` are touched only under the condition's lock.
final class NetworksAtWork: @unchecked Sendable {
    static let shared = NetworksAtWork()
    /// Shorter than what systemd grants a service. A run takes a tenth of a second, if the processor is not a very slow one.
    private static let timeout = Duration.seconds(2)

    private let condition = MonotonicCondition()
    private var count = 0
    private var isEnding = false

    /// Waits for ever once the process is ending.
    func during<Result>(_ call: () throws -> Result) rethrows -> Result {
        condition.withLock {
            while isEnding { condition.wait() }
            count += 1
        }
        defer {
            condition.withLock {
                count -= 1
                if count == 0 { condition.broadcast() }
            }
        }
        return try call()
    }

    /// Makes `exit` wait for the calls. What is registered last comes first there, and OpenVINO registers destructors when it
    /// is loaded and when it first does something: this is called after that, as often as there may be new ones.
    func comeFirstAtExit() {
        _ = on_exit({ status, _ in NetworksAtWork.shared.end(status) }, nil)
    }

    /// Lets no call begin any more, and waits for those under way. If one takes too long, the process ends here.
    private func end(_ status: Int32) {
        let deadline = MonotonicTime.now + Self.timeout
        condition.withLock {
            isEnding = true
            while count > 0 {
                guard .now < deadline else { _exit(status) }
                condition.wait(until: deadline)
            }
        }
    }
}
