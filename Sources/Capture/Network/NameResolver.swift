import Foundation
import Synchronization
import VisageCore

/// Resolves a host name within a deadline. The system's call has none, and may wait half a minute for a name server that
/// does not answer. At most one call is under way at a time; after a timeout the next attempt waits for the same call.
final class NameResolver: Sendable {
    /// Safe to share: `outcome` is touched only under the condition's lock.
    private final class Call: @unchecked Sendable {
        let condition = MonotonicCondition()
        var outcome: Int32?
    }

    private let host: String
    private let pending = Mutex<Call?>(nil)

    init(host: String) { self.host = host }

    /// - Throws: `VisageError.source` if there is no such host, or it is not known in time.
    func resolve(_ session: LiveSession) throws {
        let call = pending.withLock { pending -> Call in
            if let call = pending, call.condition.withLock({ call.outcome == nil }) { return call }
            let call = Call()
            pending = call
            Thread.detachNewThread { [host] in
                var hints = addrinfo()
                hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
                var list: UnsafeMutablePointer<addrinfo>?
                let code = getaddrinfo(host, nil, &hints, &list)
                freeaddrinfo(list)
                call.condition.withLock {
                    call.outcome = code
                    call.condition.broadcast()
                }
            }
            return call
        }
        while true {
            let outcome = call.condition.withLock { () -> Int32? in
                if call.outcome == nil { call.condition.wait(until: .now + .milliseconds(50)) }
                return call.outcome
            }
            if outcome == 0 || session.isCancelled { return }
            if let outcome {
                throw VisageError(
                    .source, "the name \(host) cannot be resolved", cause: String(cString: gai_strerror(outcome)))
            }
            guard .now < session.deadline else {
                throw VisageError(.source, "no name server tells in time where \(host) is")
            }
        }
    }
}
