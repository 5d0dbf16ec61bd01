import Events
import Foundation
import Logging
import NIOCore
import VisageCore

/// The subscribers of one server, and what they share. Used on the server's event loop only.
final class SubscriberRegistry {
    let hub: EventHub
    let loop: any EventLoop
    let limits: EventServer.Limits
    private(set) var ring = EventRing(capacity: 1_024)
    private var subscribers: [ObjectIdentifier: EventSubscriber] = [:]
    private var shares: ConnectionShares
    /// Connections beyond the shares that have not asked for anything yet, oldest first.
    private var visitors: [EventSubscriber] = []
    private let logger: Logger
    private let refusals = Throttle()
    private var greetings = BriefMemory<EventHub.GreetingKey, (line: ByteBuffer, newest: Int64)>()
    private var refusalLines = BriefMemory<Int, ByteBuffer>()
    private var emptied: EventLoopPromise<Void>?
    /// One for all replays: they take turns, page by page, and none of them keeps the loop or the hub waiting.
    private let disk = DispatchQueue(label: "visage.events.replay", qos: .utility)
    private let aside = DispatchQueue(label: "visage.events.status", qos: .userInitiated)
    private var schedule = ReplaySchedule<() -> Void>()
    private var isReading = false
    /// Pages read since the last pause.
    private var burst = 0
    /// Subscribers that are being sent what they have missed.
    private var replays = 0

    init(hub: EventHub, loop: any EventLoop, limits: EventServer.Limits, logger: Logger) {
        self.hub = hub
        self.loop = loop
        self.limits = limits
        self.logger = logger
        shares = ConnectionShares(capacity: limits.subscriberCount)
    }

    var count: Int { subscribers.count }
    /// How far each subscriber is behind, in events.
    var lags: [Int] {
        let newest = hub.newest
        return subscribers.values.map { $0.lag(behind: newest) }
    }
    var isClosing: Bool { emptied != nil }

    /// - Returns: false if the user has as many subscribers as he may have.
    func add(_ subscriber: EventSubscriber) -> Bool {
        guard shares.take(for: subscriber.user) else {
            if let more = refusals.pass() {
                logger.warning(
                    """
                    Refused \(more + 1) subscribers: user \(subscriber.user) holds \(shares.held(by: subscriber.user)) \
                    of \(shares.capacity) connections
                    """)
            }
            return false
        }
        subscribers[ObjectIdentifier(subscriber)] = subscriber
        return true
    }

    func remove(_ subscriber: EventSubscriber) {
        stopVisiting(subscriber)
        guard subscribers.removeValue(forKey: ObjectIdentifier(subscriber)) != nil else { return }
        shares.giveBack(from: subscriber.user)
        if subscribers.isEmpty { emptied?.succeed() }
    }

    /// What a new subscriber is sent, and the last `seq` given.
    func greeting() -> (line: ByteBuffer, newest: Int64)? {
        greetings.get(for: hub.greetingKey) {
            let hello = hub.hello()
            return hub.encode(Event(.hello(hello), time: Date()), seq: nil, position: hello.newest).map {
                ($0.published.line, hello.newest)
            }
        }
    }

    /// What a connection beyond the shares is sent.
    func refusal() -> ByteBuffer? {
        refusalLines.get(for: 0) {
            let reason = "too many subscribers: nobody may hold more connections than are left; close some"
            let event = Event(.error(.init(code: .tooManySubscribers, reason: reason)), time: Date())
            return hub.encode(event, seq: nil, position: 0)?.published.line
        }
    }

    /// Lets a connection beyond the shares wait for its request. Who asks for the status does so at once; so when there are
    /// too many, the one that has been silent for the longest goes.
    func visit(_ subscriber: EventSubscriber) {
        visitors.append(subscriber)
        if visitors.count > EventServer.Limits.visitors { visitors.removeFirst().refuse() }
    }

    func stopVisiting(_ subscriber: EventSubscriber) { visitors.removeAll { $0 === subscriber } }

    func deliver(_ events: [PublishedEvent]) {
        for event in events { ring.append(event) }
        // A copy, because writing may find that a subscriber has disconnected, which removes it.
        for subscriber in Array(subscribers.values) { subscriber.deliver(events) }
    }

    /// Whether a subscriber that has everything up to `seq` may go live: the log has nothing more for it, or the
    /// ring has all of it and it leaves most of the subscriber's queue free. One that reads more slowly than events come
    /// thus stays with the log, which loses nothing.
    func isRecent(_ seq: Int64) -> Bool {
        hub.log.readable <= seq || (ring.covers(seq) && ring.count(after: seq) <= limits.events / 4)
    }

    /// Gathers what subscribers are told who ask for `stats` or `status`, and calls `then` on the event loop.
    /// - Parameter position: of the subscriber
    func report(
        _ types: Set<EventType>, position: Int64, then: @escaping ([PublishedEvent]) -> Void
    ) {
        let lags = types.contains(.status) ? lags : []
        off(aside) { hub in
            let events =
                (types.contains(.stats) ? hub.statsProvider() : [])
                + (types.contains(.status) ? hub.status(lags: lags).map { [$0] } ?? [] : [])
            return events.compactMap { hub.encode($0, seq: nil, position: position)?.published }
        } then: {
            then($0)
        }
    }

    func beginReplay() { replays += 1 }
    func endReplay() { replays -= 1 }

    /// Reads a page of the log when it is the subscriber's turn, and calls `then` on the event loop.
    func readPage(
        for user: uid_t, after since: Int64, matching filter: EventFilter,
        then: @escaping (Result<ReplayPage, any Error>) -> Void
    ) {
        let job = { [self] in
            off(disk) { hub in
                Result { ReplayPage(try hub.log.read(after: since, matching: filter)) }
            } then: { [self] page in
                then(page)
                // A few replays go as fast as they can. A crowd of them leaves the processor to what happens now.
                burst += 1
                guard replays > EventServer.Limits.freeReplays, burst >= EventServer.Limits.replayBurst else {
                    return readNext()
                }
                burst = 0
                let pause = TimeAmount.nanoseconds(EventServer.Limits.replayPause.inNanoseconds)
                loop.assumeIsolated().scheduleTask(in: pause) { [self] in readNext() }
            }
        }
        schedule.add(job, of: user)
        guard !isReading else { return }
        isReading = true
        readNext()
    }

    private func readNext() {
        guard let job = schedule.next() else {
            isReading = false
            return
        }
        job()
    }

    /// Runs `work` on a queue and then `then` on the event loop.
    private func off<Value: Sendable>(
        _ queue: DispatchQueue, _ work: @escaping @Sendable (EventHub) -> Value, then: @escaping (Value) -> Void
    ) {
        let promise = loop.makePromise(of: Value.self)
        promise.futureResult.assumeIsolated().whenSuccess(then)
        queue.async { [hub] in promise.succeed(work(hub)) }
    }

    /// Sends each subscriber what is queued for it, within `drainTimeout`, and closes its connection; completes when all
    /// are closed.
    func close() -> EventLoopFuture<Void> {
        if let emptied { return emptied.futureResult }
        let promise = loop.makePromise(of: Void.self)
        emptied = promise
        if subscribers.isEmpty { promise.succeed() }
        for visitor in visitors { visitor.closeNow() }
        for subscriber in Array(subscribers.values) { subscriber.closeWhenIdle() }
        let limit = loop.assumeIsolated().scheduleTask(in: .nanoseconds(limits.drainTimeout.inNanoseconds)) {
            [self] in
            for subscriber in Array(subscribers.values) { subscriber.closeNow() }
        }
        promise.futureResult.whenComplete { _ in limit.cancel() }
        return promise.futureResult
    }
}
