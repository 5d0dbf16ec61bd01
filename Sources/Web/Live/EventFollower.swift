import Events
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import VisageCore
import Visits

/// Reads the event socket for everybody: one subscriber, however many look. What is logged goes into the visits, what
/// happens now to those who look, figures to the metrics. On a thread of its own, because reading blocks.
final class EventFollower: Service, Sendable {
    private let socket: String
    private let visits: VisitStore
    private let live: LiveState
    private let metrics: MetricsBoard
    private let logger: Logger
    private let isStopped = Mutex(false)

    /// Events of one transaction.
    private static let batch = 2000
    private static let retry = Duration.seconds(1)
    /// How long events may wait for others to be written with.
    private static let batchTimeout = Duration.milliseconds(20)
    private static let longestWait = Duration.milliseconds(200)

    init(_ settings: WebSettings, visits: VisitStore, live: LiveState, metrics: MetricsBoard, logger: Logger) {
        socket = settings.eventSocket
        self.visits = visits
        self.live = live
        self.metrics = metrics
        self.logger = logger
    }

    func run() async throws {
        let thread = Thread { [self] in follow() }
        thread.name = "events"
        thread.start()
        try? await gracefulShutdown()
        isStopped.withLock { $0 = true }
    }

    private func follow() {
        var lastProblem = ""
        while !isStopped.withLock({ $0 }) {
            do {
                try followOnce { lastProblem = "" }
            } catch {
                // Once, not every second.
                if "\(error)" != lastProblem { logger.warning("No events: \(TerminalText.escaped("\(error)"))") }
                lastProblem = "\(error)"
            }
            live.disconnect()
            let end = MonotonicTime.now + Self.retry
            // The interval between attempts, in parts so that stopping does not wait for its end.
            while !isStopped.withLock({ $0 }), MonotonicTime.now < end { Thread.sleep(forTimeInterval: 0.05) }
        }
    }

    /// Follows one connection to its end.
    private func followOnce(connected: () -> Void) throws {
        var place = try visits.place()
        let client = try EventClient(connectingTo: socket)
        let types = EventType.allCases.filter { $0.isLogged || $0 == .stats }.map(\.rawValue)
        try client.send(EventRequest(since: place.seq, epoch: place.epoch, types: types))
        let decoder = JSONDecoder()
        var batch: [Event] = []
        var batchBegin = MonotonicTime.now
        var newest: Int64 = 0
        var greeting: (run: String, hello: Event.Hello)?
        var hasCaughtUp = false
        while !isStopped.withLock({ $0 }) {
            let reading = try client.next(timeout: batch.isEmpty ? .milliseconds(500) : Self.batchTimeout)
            guard case .line(let line) = reading else {
                guard try write(&batch, place) else { return }
                if reading == .ended { return }
                if !hasCaughtUp, place.seq >= newest, let greeting {
                    hasCaughtUp = true
                    try settle(greeting.run, greeting.hello)
                }
                continue
            }
            // Types that a newer daemon has are passed over.
            guard let event = try? decoder.decode(Event.self, from: Data(line.utf8)) else { continue }
            switch event.content {
            case .hello(let hello):
                guard try write(&batch, place) else { return }
                connected()
                try begin(hello, &place)
                (newest, greeting) = (hello.newest, (event.run, hello))
                live.greet(hello, run: event.run)
            case .error(let failure):
                // Asking anew helps; what else may be wrong is told.
                guard failure.code != .lateRequest else { return }
                throw VisageError(.source, failure.reason)
            case .stats(let stats):
                metrics.add(stats, of: event.camera ?? "")
            case .gap(let gap):
                logger.notice("\(gap.dropped) events are missing")
                // What the log has of them is asked for anew; across a hole it goes on behind it.
                guard try write(&batch, place) else { return }
                place.seq = gap.since
                _ = try visits.apply([], upTo: place)
                return
            default:
                if batch.isEmpty { batchBegin = .now }
                batch.append(event)
                let seq = event.seq ?? place.seq
                place.seq = max(place.seq, seq)
                if seq > newest {
                    metrics.add(event)
                    live.add(event)
                }
                if batch.count >= Self.batch || MonotonicTime.now - batchBegin > Self.longestWait {
                    guard try write(&batch, place) else { return }
                }
            }
        }
        _ = try write(&batch, place)
    }

    /// What was known belongs to another numbering: numbers may be lower, and if it is not even related, all is new.
    private func begin(_ hello: Event.Hello, _ place: inout VisitStore.Place) throws {
        guard place.epoch != hello.epoch else { return }
        func ids(_ epoch: String) -> Set<Substring> {
            Set(epoch.split(separator: ".").compactMap { $0.split(separator: ":").first })
        }
        if let old = place.epoch, let new = hello.epoch, ids(old).isDisjoint(with: ids(new)) {
            logger.notice("The event log is another one: the visits are read anew")
            try visits.clear()
        }
        (place.seq, place.epoch) = (0, hello.epoch)
    }

    /// - Returns: false if the events have to be read anew.
    private func write(_ batch: inout [Event], _ place: VisitStore.Place) throws -> Bool {
        guard !batch.isEmpty else { return true }
        defer { batch.removeAll(keepingCapacity: true) }
        guard try visits.apply(batch, upTo: place) else { return false }
        live.visitsChanged()
        return true
    }

    /// What is done once per connection, when all that was logged before has been taken in.
    private func settle(_ run: String, _ hello: Event.Hello) throws {
        let tracks = hello.tracks.map(\.track) + live.tracks
        try visits.endVisits(exceptOf: run, tracks: tracks)
        let deleted = try visits.trim(oldest: hello.oldest)
        if deleted > 0 { logger.info("\(deleted) visits are no longer in the event log, and have been deleted") }
        live.visitsChanged()
    }
}
