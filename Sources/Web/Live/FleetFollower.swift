import Events
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import VisageCore
import Visits

/// Reads the events of the other machines of the fleet from the socket of `visage-fleet` into the visits; those of this
/// machine come from its own daemon, see `EventFollower`. Without that socket, or when it ends, everything else goes on. On
/// a thread of its own, because reading blocks.
final class FleetFollower: Service, Sendable {
    private let socket: String
    private let own: String
    private let keepDays: Int
    private let visits: VisitStore
    private let live: LiveState
    private let logger: Logger
    private let isStopped = Mutex(false)

    /// Events of one transaction.
    private static let maxBatch = 2000
    /// How long events may wait for others to be written with.
    private static let batchTimeout = Duration.milliseconds(20)
    private static let longestWait = Duration.milliseconds(200)
    /// Between attempts to connect, longer after each that fails.
    private static let retry = Duration.seconds(1)
    private static let longestRetry = Duration.seconds(30)
    /// The greeting alone says what the streams still have, so it is asked for from time to time; it says nothing while
    /// `visage-fleet` does not know, as when nobody has read events.
    private static let greetingInterval = Duration.seconds(600)
    private static let firstInterval = Duration.seconds(10)
    /// A greeting may leave out a machine whose stream is not known yet; one that is left out for so long has left the fleet.
    private static let absence = Duration.seconds(3600)

    /// What has been read and not been written.
    private struct Batch {
        var events: [(machine: String, event: Event)] = []
        var places: [String: VisitStore.MachinePlace] = [:]
        var begin = MonotonicTime.now

        var isDue: Bool { events.count >= maxBatch || MonotonicTime.now - begin > longestWait }
    }

    init(_ settings: WebSettings, visits: VisitStore, live: LiveState, logger: Logger) {
        (socket, own, keepDays) = (settings.fleetSocket, settings.machine, settings.keepDays)
        self.visits = visits
        self.live = live
        self.logger = logger
    }

    func run() async throws {
        let thread = Thread { [self] in follow() }
        thread.name = "fleet"
        thread.start()
        try? await gracefulShutdown()
        isStopped.withLock { $0 = true }
    }

    private func follow() {
        var lastProblem = ""
        var pause = Self.retry
        var absent: [String: MonotonicTime] = [:]
        while !isStopped.withLock({ $0 }) {
            do {
                try followOnce(&absent) { (lastProblem, pause) = ("", Self.retry) }
            } catch {
                // Once, not at every attempt.
                if "\(error)" != lastProblem {
                    logger.warning("No events of other machines: \(TerminalText.escaped("\(error)"))")
                }
                lastProblem = "\(error)"
            }
            let end = MonotonicTime.now + pause
            pause = min(pause * 2, Self.longestRetry)
            while !isStopped.withLock({ $0 }), MonotonicTime.now < end { Thread.sleep(forTimeInterval: 0.05) }
        }
    }

    /// Follows one connection to its end, or until it is time for a new greeting.
    private func followOnce(_ absent: inout [String: MonotonicTime], connected: () -> Void) throws {
        // It may have had another name.
        if try visits.cameras().contains(where: { $0.machine == own }) { try visits.clear(machine: own) }
        var (places, generation) = try visits.machinePlaces()
        let client = try connect(places)
        // Whether the last event that was read is still where it was.
        var unchecked = Set(places.filter { !$0.value.mark.isEmpty }.keys)
        var batch = Batch()
        var end = MonotonicTime.now + Self.greetingInterval
        let decoder = JSONDecoder()
        while !isStopped.withLock({ $0 }), MonotonicTime.now < end {
            let reading = try client.next(timeout: batch.places.isEmpty ? .milliseconds(500) : Self.batchTimeout)
            guard case .line(let text) = reading else {
                guard try write(&batch, generation) else { return }
                if reading == .ended { throw VisageError(.source, "visage-fleet has closed the connection") }
                continue
            }
            let data = Data(text.utf8)
            guard let line = try? decoder.decode(FleetLine.self, from: data) else { continue }
            if let machines = line.machines {
                if !machines.isEmpty { connected() } else { end = .now + Self.firstInterval }
                guard try greet(machines, places, &absent) else { return }
                continue
            }
            if line.type == EventType.error.rawValue { throw VisageError(.source, line.reason ?? "refused") }
            guard let machine = line.machine, machine != own, FleetLine.isName(machine), let position = line.position
            else { continue }
            let isGap = line.type == EventType.gap.rawValue
            if let place = places[machine], position <= place.position || unchecked.contains(machine) {
                let isSame = position == place.position && line.mark == place.mark
                if unchecked.remove(machine) != nil, !isGap, !isSame {
                    guard try write(&batch, generation) else { return }
                    return try begin(machine)
                }
                guard position > place.position else { continue }
            }
            if isGap { logger.notice("\(line.dropped ?? 0) events of \(machine) are missing") }
            if batch.places.isEmpty { batch.begin = .now }
            let place = VisitStore.MachinePlace(position: position, mark: line.mark)
            (places[machine], batch.places[machine]) = (place, place)
            // Types that a newer daemon has are passed over.
            if !isGap, var event = try? decoder.decode(Event.self, from: data), event.isPlausible {
                event.seq = position
                batch.events.append((machine, event))
            }
            if batch.isDue { guard try write(&batch, generation) else { return } }
        }
        _ = try write(&batch, generation)
    }

    private func connect(_ places: [String: VisitStore.MachinePlace]) throws -> EventClient {
        do {
            let client = try EventClient(connectingTo: socket)
            // The last event that was read comes once more, to see whether it is the same one.
            try client.send(
                bytes: FleetLine.request(after: places.mapValues { max(0, $0.position - 1) }, without: own))
            return client
        } catch let error as VisageError where error.code == .notFound {
            throw VisageError(.notFound, "no visage-fleet answers on \(socket)", cause: error.cause)
        }
    }

    /// Deletes the visits that have left the streams.
    /// - Returns: false if a stream has to be read anew.
    private func greet(
        _ machines: [FleetLine.Machine], _ places: [String: VisitStore.MachinePlace],
        _ absent: inout [String: MonotonicTime]
    ) throws -> Bool {
        guard !machines.isEmpty else { return true }
        var (deleted, isComplete) = (0, true)
        let known = Dictionary(machines.map { ($0.machine, $0) }) { $1 }
        for (name, place) in places {
            guard let machine = known[name] else {
                let since = absent[name] ?? .now
                absent[name] = since
                guard MonotonicTime.now - since > Self.absence else { continue }
                let days = Date().timeIntervalSince1970 - Double(keepDays) * 86_400
                deleted += try visits.trim(machine: name, before: Int64(days * 1000))
                continue
            }
            absent[name] = nil
            if Int64(clamping: machine.newest) < place.position {
                try begin(name)
                isComplete = false
            } else {
                deleted += try visits.trim(machine: name, oldest: Int64(clamping: machine.oldest))
            }
        }
        if deleted > 0 {
            logger.info("\(deleted) visits of other machines are no longer kept at the brokers, and have been deleted")
            live.visitsChanged()
        }
        return isComplete
    }

    /// The machine's stream was begun anew.
    private func begin(_ machine: String) throws {
        logger.notice("The events of \(machine) are others than before: its visits are read anew")
        try visits.clear(machine: machine)
        live.visitsChanged()
    }

    /// - Returns: false if the events have to be read anew.
    private func write(_ batch: inout Batch, _ generation: Int64) throws -> Bool {
        guard !batch.places.isEmpty else { return true }
        defer { batch = Batch() }
        guard try visits.apply(batch.events, upTo: batch.places, generation: generation) else { return false }
        if !batch.events.isEmpty { live.visitsChanged() }
        return true
    }
}
