import Events
import Foundation
import Synchronization
import VisageCore

/// How all machines are. For any thread.
package final class StatusBoard: Sendable {
    private struct Content {
        var statuses: [String: MachineStatus] = [:]
        var enrolled: [String: Int] = [:]
        var problem: String?
        var wantedUntil = MonotonicTime(nanoseconds: 0)
        var isCurrent = false
    }

    /// Somebody who has asked may ask again.
    private static let wantedFor = Duration.seconds(60)

    private static let maxMachines = 10_000

    private let content = Mutex(Content())

    package init() {}

    package func put(_ status: MachineStatus) {
        content.withLock { content in
            guard content.statuses[status.machine] != nil || content.statuses.count < Self.maxMachines else { return }
            content.statuses[status.machine] = status
        }
    }

    /// Machines that are enrolled; others that have said something are no part of the fleet any more.
    package func enroll(_ list: MachineList) {
        let numbers = Dictionary(list.machines.map { ($0.name, $0.number) }) { first, _ in first }
        content.withLock { content in
            content.enrolled = numbers
            content.statuses = content.statuses.filter { numbers[$0.key] != nil }
        }
    }

    /// Asks for what all machines say: that is read only while somebody wants to know it.
    package func want() { content.withLock { $0.wantedUntil = .now + Self.wantedFor } }
    package var isWanted: Bool { content.withLock { MonotonicTime.now < $0.wantedUntil } }

    /// Whether all that the brokers have is here.
    package var isCurrent: Bool {
        get { content.withLock { $0.isCurrent } }
        set { content.withLock { $0.isCurrent = newValue } }
    }

    /// Why nothing new comes; nil: it does.
    package func report(_ problem: String?) { content.withLock { $0.problem = problem } }

    /// How many machines are enrolled.
    package var count: Int { content.withLock { $0.enrolled.count } }

    /// What `status` is answered with.
    func event(now: Date) -> FleetStatus {
        content.withLock { content in
            let silent = content.enrolled.filter { content.statuses[$0.key] == nil }.map {
                FleetStatus.Machine(machine: $0.key, number: $0.value)
            }
            let machines = content.statuses.values.map { FleetStatus.Machine($0) } + silent
            return FleetStatus(
                time: Event.format(now), machines: machines.sorted { $0.machine < $1.machine },
                problem: content.problem)
        }
    }
}
