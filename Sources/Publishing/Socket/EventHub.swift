import Events
import Foundation
import Logging
import NIOCore
import Synchronization
import VisageCore

/// Takes the events of all cameras, gives them `run` and `seq`, logs them, then passes them on to subscribers.
///
/// `publish` only puts the event in a queue; logging and fan-out happen on the hub's own serial queue, as many
/// events at a time as have gathered. If the disk stalls for so long that `capacity` events wait, further ones are
/// dropped before they get a `seq`, counted and warned about: recognition goes on.
public final class EventHub: EventSink {
    public let run: String
    public let version: String
    public let log: EventLog
    let statsProvider: @Sendable () -> [Event]
    private let statusProvider = Mutex<(@Sendable () -> Event.Status)?>(nil)
    private let capacity: Int
    private let logger: Logger

    private let queue = DispatchQueue(label: "visage.events")
    private let maintenance = DispatchQueue(label: "visage.events.maintenance", qos: .utility)
    // Safe: Dispatch sources may be used from any thread; this one is only canceled after init.
    nonisolated(unsafe) private let trimmer: any DispatchSourceTimer
    private let input = Mutex(Input())
    private let current: Mutex<Current>
    private let frameReaders = Atomic(0)
    private let dropCount = Atomic(0)
    /// Why events go out but are not logged at present.
    private let logProblem = Mutex<String?>(nil)
    /// Since when another process has held a lock on the log.
    private let busySince = Mutex<MonotonicTime?>(nil)
    private let isRetrying = Atomic(false)
    private let isClosed = Atomic(false)
    private let isTrimmingInVain = Atomic(false)
    private let quota: Mutex<AgeQuota?>
    private let dropWarning = Throttle()
    private let work = WorkMeter()

    private struct Input {
        var waiting: [Event] = []
        var isDraining = false
    }

    /// What `hello` tells a new subscriber, and the outlets that events go to.
    private struct Current {
        var cameras: [String]
        var feeds: [Event.Feed]
        var tracks = LiveTracks()
        var last: Int64
        var latest: String?
        /// Counts the changes of `cameras` and `feeds`.
        var changes = 0
        var outlets: [any EventOutlet] = []
    }

    /// - Parameters:
    ///   - run: Tells runs of the daemon apart.
    ///   - cameras: All that may publish.
    ///   - feeds: Where their pictures come from.
    ///   - statsProvider: The newest `stats` event of every camera, for subscribers that have just connected. May
    ///     be called from any thread.
    public init(
        log: EventLog, run: String = UUID().uuidString.lowercased(), version: String, cameras: [String],
        feeds: [Event.Feed] = [], capacity: Int = 10_000, logger: Logger,
        statsProvider: @escaping @Sendable () -> [Event] = { [] }
    ) {
        self.log = log
        self.run = run
        self.version = version
        self.capacity = capacity
        self.logger = logger
        self.statsProvider = statsProvider
        quota = Mutex(AgeQuota(limit: log.retention.age))
        current = Mutex(Current(cameras: cameras, feeds: feeds, last: log.last))
        trimmer = DispatchSource.makeTimerSource(queue: maintenance)
        trimmer.schedule(deadline: .now() + 5, repeating: 60)
        trimmer.setEventHandler { [weak self] in self?.maintain() }
        trimmer.resume()
        if !log.isOpen { retrySoon() }
    }

    deinit { trimmer.cancel() }

    /// True while a subscriber has asked for `frame` events.
    public var wantsFrames: Bool { frameReaders.load(ordering: .relaxed) > 0 }

    /// Sets what makes the body of a `status` event. It may be called from any thread.
    public func provideStatus(_ provider: @escaping @Sendable () -> Event.Status) {
        statusProvider.withLock { $0 = provider }
    }

    /// - Parameter lags: of the subscribers, in events
    func status(lags: [Int]) -> Event? {
        guard let provider = statusProvider.withLock({ $0 }) else { return nil }
        var status = provider()
        status.subscribers = lags.map { Event.Status.Subscriber(lag: $0) }
        status.log = Event.Status.Log(
            path: log.path, freeMB: FreeSpace.mebibytes(of: log.path), problem: problem)
        return Event(.status(status), time: Date())
    }

    /// The newest logged event of this run: type and time.
    public var latest: String? { current.withLock { $0.latest } }

    /// Why events are not logged at present; nil while they are.
    public var problem: String? { logProblem.withLock { $0 } }

    /// The last `seq` given.
    var newest: Int64 { current.withLock { $0.last } }

    /// All that may publish.
    public var cameras: [String] { current.withLock { $0.cameras } }

    /// Replaces the cameras that may publish, and where their pictures can be had.
    public func set(cameras: [String], feeds: [Event.Feed]) {
        current.withLock { current in
            current.cameras = cameras
            current.feeds = feeds
            current.changes += 1
        }
    }

    /// What `hello` depends on, but for `oldest`.
    var greetingKey: GreetingKey {
        let (last, changes) = current.withLock { ($0.last, $0.changes) }
        return GreetingKey(last: last, changes: changes, epochs: log.epochChanges)
    }

    struct GreetingKey: Equatable {
        let last: Int64
        let changes: Int
        let epochs: Int
    }

    /// Events dropped so far because a subscriber was slow or the disk stalled. One that several subscribers missed counts
    /// for each of them.
    public var dropped: Int { dropCount.load(ordering: .relaxed) }

    /// For how long events have waited with none being logged and handed on.
    public func stall(at now: MonotonicTime) -> Duration { work.stall(at: now) }

    /// Takes a camera's event; returns at once.
    public func publish(_ event: CameraEvent) { publish(Event(event)) }

    /// Takes an event; returns at once.
    public func publish(_ event: Event) {
        let (accepted, start) = input.withLock { input in
            // Events that are not logged are dropped first.
            let limit = event.type.isLogged ? capacity : capacity / 10
            guard input.waiting.count < limit else { return (false, false) }
            input.waiting.append(event)
            work.begin()
            defer { input.isDraining = true }
            return (true, !input.isDraining)
        }
        if start { queue.async { self.drain() } }
        if !accepted { dropBeforeLogging(event) }
    }

    /// Returns when everything published before has been logged and is in the subscribers' queues.
    public func flush() { queue.sync { drain() } }

    /// Flushes and closes the log. Nothing may be published afterwards.
    public func close() {
        flush()
        trimmer.cancel()
        maintenance.sync {}
        queue.sync {
            isClosed.store(true, ordering: .relaxed)
            do { try log.close() } catch { logger.warning("Some events could not be logged: \(error)") }
        }
    }

    /// The greeting for a new subscriber; its `newest` is the last `seq` given.
    func hello() -> Event.Hello {
        var hello = current.withLock { current in
            Event.Hello(
                version: version, cameras: current.cameras, feeds: current.feeds.isEmpty ? nil : current.feeds,
                tracks: current.tracks.sorted, oldest: 0, newest: current.last, epoch: log.epoch)
        }
        hello.oldest = min(log.oldest, hello.newest + 1)
        return hello
    }

    func attach(_ outlet: any EventOutlet) { queue.sync { current.withLock { $0.outlets.append(outlet) } } }
    func detach(_ outlet: any EventOutlet) {
        queue.sync { current.withLock { $0.outlets.removeAll { $0 === outlet } } }
    }
    func addFrameReaders(_ change: Int) { frameReaders.wrappingAdd(change, ordering: .relaxed) }
    func countDropped() { dropCount.wrappingAdd(1, ordering: .relaxed) }

    /// The event as the line that goes out; nil if it cannot be written as JSON (a number that is not finite).
    func encode(_ event: Event, seq: Int64?, position: Int64) -> (line: String, published: PublishedEvent)? {
        var event = event
        event.run = run
        event.seq = seq
        do {
            let line = try event.line()
            var buffer = ByteBufferAllocator().buffer(capacity: line.utf8.count + 1)
            buffer.writeString(line)
            buffer.writeInteger(UInt8(ascii: "\n"))
            let published = PublishedEvent(
                seq: seq, position: position, type: event.type, camera: event.camera, line: buffer)
            return (line, published)
        } catch {
            logger.error("An event of type \(event.type.rawValue) cannot be written as JSON: \(error)")
            return nil
        }
    }

    private func drain() {
        while true {
            let batch = input.withLock { input -> [Event] in
                guard !input.waiting.isEmpty else {
                    input.isDraining = false
                    return []
                }
                let batch = Array(input.waiting.prefix(512))
                input.waiting.removeFirst(batch.count)
                return batch
            }
            if batch.isEmpty { return }
            process(batch)
            for _ in batch { work.end() }
        }
    }

    private func process(_ batch: [Event]) {
        var last = current.withLock { $0.last }
        var entries: [EventLog.Entry] = []
        var published: [PublishedEvent] = []
        var logged: [Event] = []
        for event in batch where event.type != .frame || wantsFrames {
            let seq = event.type.isLogged ? last + 1 : nil
            guard let (line, ready) = encode(event, seq: seq, position: seq ?? last) else { continue }
            published.append(ready)
            guard let seq else { continue }
            last = seq
            logged.append(event)
            entries.append(
                EventLog.Entry(seq: seq, time: Date(), type: event.type, camera: event.camera, line: line))
        }
        if !entries.isEmpty { store(entries) }
        let outlets = current.withLock { current in
            current.last = last
            for event in logged { current.tracks.apply(event) }
            if let event = logged.last { current.latest = "\(event.type.rawValue) at \(event.time)" }
            return current.outlets
        }
        for outlet in outlets { outlet.deliver(published) }
    }

    /// Warns once when the log begins to fail, however many events follow, and says when it works again.
    private func store(_ entries: [EventLog.Entry]) {
        do {
            try log.append(entries)
            let before = logProblem.withLock { problem in
                defer { problem = nil }
                return problem
            }
            busySince.withLock { $0 = nil }
            if before != nil { logger.notice("Events are logged again") }
        } catch {
            retrySoon()
            if (error as? VisageError)?.code == .inUse, !isHeldForLong() { return }
            let before = logProblem.withLock { problem in
                defer { problem = "\(error)" }
                return problem
            }
            if before == nil { logger.warning("Events go out but are not logged, until they can be: \(error)") }
        }
    }

    /// Whether a lock has been held for so long that a person should know. `visage forget` holds one for milliseconds.
    private func isHeldForLong() -> Bool {
        busySince.withLock { since in
            since = since ?? .now
            return since.map { MonotonicTime.now - $0 > .seconds(2) } ?? false
        }
    }

    /// What waits in memory is stored without waiting for the next event.
    private func retrySoon() {
        guard !isRetrying.exchange(true, ordering: .relaxed) else { return }
        queue.asyncAfter(deadline: .now() + EventLog.retryInterval.inSeconds) { [weak self] in
            guard let self, !self.isClosed.load(ordering: .relaxed) else { return }
            self.isRetrying.store(false, ordering: .relaxed)
            self.store([])
        }
    }

    private func maintain() {
        do {
            // Nobody else asks for it, so it may be held for as long as the disk takes.
            try quota.withLock { try log.trim(quota: &$0) }
            isTrimmingInVain.store(false, ordering: .relaxed)
        } catch {
            if !isTrimmingInVain.exchange(true, ordering: .relaxed) {
                logger.warning("Old events cannot be deleted: \(error)")
            }
        }
    }

    private func dropBeforeLogging(_ event: Event) {
        countDropped()
        guard event.type.isLogged, let more = dropWarning.pass() else { return }
        logger.warning(
            "Dropped \(more + 1) events: \(capacity) are waiting for the disk",
            metadata: ["log": "\(log.path)"])
    }
}
