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
    private let capacity: Int
    private let logger: Logger
    private let refusals = Throttle()
    private var emptied: EventLoopPromise<Void>?
    /// One for all replays: they take turns, page by page, and none of them keeps the loop or the hub waiting.
    private let disk = DispatchQueue(label: "visage.events.replay", qos: .utility)

    init(hub: EventHub, loop: any EventLoop, limits: EventServer.Limits, logger: Logger) {
        self.hub = hub
        self.loop = loop
        self.limits = limits
        self.logger = logger
        capacity = limits.subscriberCount
    }

    var count: Int { subscribers.count }
    /// How far each subscriber is behind, in events.
    var lags: [Int] {
        let newest = hub.newest
        return subscribers.values.map { $0.lag(behind: newest) }
    }
    var isClosing: Bool { emptied != nil }

    /// - Returns: false if there are as many subscribers as there may be.
    func add(_ subscriber: EventSubscriber) -> Bool {
        guard subscribers.count < capacity else {
            if let more = refusals.pass() {
                logger.warning(
                    "Refused \(more + 1) subscribers: \(capacity) are connected, as many as the open-file limit allows"
                )
            }
            return false
        }
        subscribers[ObjectIdentifier(subscriber)] = subscriber
        return true
    }

    func remove(_ subscriber: EventSubscriber) {
        guard subscribers.removeValue(forKey: ObjectIdentifier(subscriber)) != nil else { return }
        if subscribers.isEmpty { emptied?.succeed() }
    }

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

    /// Runs `work` on the disk queue and then `then` on the event loop.
    func offLoop<Value: Sendable>(
        _ work: @escaping @Sendable (EventHub) -> Value, then: @escaping (Value) -> Void
    ) {
        let promise = loop.makePromise(of: Value.self)
        promise.futureResult.assumeIsolated().whenSuccess(then)
        disk.async { [hub] in promise.succeed(work(hub)) }
    }

    /// Sends each subscriber what is queued for it, within `drainTimeout`, and closes its connection; completes when all
    /// are closed.
    func close() -> EventLoopFuture<Void> {
        if let emptied { return emptied.futureResult }
        let promise = loop.makePromise(of: Void.self)
        emptied = promise
        if subscribers.isEmpty { promise.succeed() }
        for subscriber in Array(subscribers.values) { subscriber.closeWhenIdle() }
        let limit = loop.assumeIsolated().scheduleTask(in: .nanoseconds(limits.drainTimeout.inNanoseconds)) {
            [self] in
            for subscriber in Array(subscribers.values) { subscriber.closeNow() }
        }
        promise.futureResult.whenComplete { _ in limit.cancel() }
        return promise.futureResult
    }
}
