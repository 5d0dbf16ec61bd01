import Synchronization

/// Why a camera's source does not deliver frames. Set by the deciding stage, read by the status.
final class SourceCondition: Sendable {
    private let reason = Mutex<String?>("starting")

    /// For a person; nil while it delivers.
    var outage: String? { reason.withLock { $0 } }

    func isUp() { reason.withLock { $0 = nil } }

    /// - Returns: whether it was up until now.
    @discardableResult func isDown(because reason: String?) -> Bool {
        self.reason.withLock { held in
            defer { held = reason }
            return held == nil
        }
    }
}
