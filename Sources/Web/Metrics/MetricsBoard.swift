import Events
import Synchronization
import VisageCore

/// What is counted since the service started, for Prometheus.
package final class MetricsBoard: Sendable {
    package struct Camera: Sendable {
        package var verdicts: [String: Int] = [:]
        var visits = 0
        var outages = 0
        /// Of the last `stats` event.
        var queued: Int?
    }

    private let state = Mutex<[String: Camera]>([:])
    private let names = Mutex<[String: Int]>([:])
    private let withNames: Bool

    /// - Parameter withNames: whether people are counted by name.
    package init(withNames: Bool) { self.withNames = withNames }

    package var cameras: [String: Camera] { state.withLock { $0 } }
    /// How often each was identified; empty unless names are counted.
    package var people: [String: Int] { names.withLock { $0 } }

    package func add(_ event: Event) {
        guard let name = event.camera else { return }
        if withNames, case .identified(_, let finding) = event.content, let person = finding.name {
            names.withLock { $0[person, default: 0] += 1 }
        }
        state.withLock { cameras in
            switch event.content {
            case .appeared: cameras[name, default: Camera()].visits += 1
            case .identified: cameras[name, default: Camera()].verdicts["person", default: 0] += 1
            case .unknown: cameras[name, default: Camera()].verdicts["unknown", default: 0] += 1
            case .revised: cameras[name, default: Camera()].verdicts["revised", default: 0] += 1
            case .lost(_, nil, _): cameras[name, default: Camera()].verdicts["undecided", default: 0] += 1
            case .sourceDown(let down) where (down.attempt ?? 1) <= 1:
                cameras[name, default: Camera()].outages += 1
            default: break
            }
        }
    }

    func add(_ stats: Event.Stats, of name: String) {
        state.withLock { $0[name, default: Camera()].queued = stats.queued }
    }
}
