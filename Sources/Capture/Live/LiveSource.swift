import Foundation
import Synchronization
import VisageCore

/// Supervises a live camera: starts it, takes its newest picture, detects when it fails, hangs, freezes or sends only
/// damaged data, reports that, waits, and starts it again, without end.
///
/// Frames come once the camera's exposure has settled. Their `pts` is the time since the first one on the monotonic clock,
/// outages included.
public final class LiveSource: FrameSource {
    /// What a camera is judged by.
    public struct Options: Sendable, Hashable {
        /// How long a camera may send the same picture, or its clock stand still, before it is started again; zero for no
        /// limit.
        public var frozenAfter: Duration
        /// The age at which a picture is skipped, when the next one could be processed.
        public var oldest: Duration

        public init(frozenAfter: Duration = .seconds(20), oldest: Duration = .milliseconds(200)) {
            self.frozenAfter = frozenAfter
            self.oldest = oldest
        }
    }

    public let name: String
    public var isLive: Bool { true }
    private let camera: any LiveCamera
    private let cancellation = Cancellation()
    private let supervision: Mutex<Supervision>
    private let current = Mutex<LiveSession?>(nil)
    private let lost = Mutex(SourceLosses())
    private let heartbeat = Mutex(Heartbeat())

    /// What the watchdog judges by.
    private struct Heartbeat {
        /// Until when the next step must come; nil while no call of `next` is under way.
        var due: MonotonicTime?
        /// Since when a canceled session's thread has not come back.
        var stuck: MonotonicTime?
    }

    /// How late a step may be: deadlines are checked ten times a second.
    private static let heartbeatTimeout = Duration.seconds(5)
    /// How long a call into the camera may go on after the session was canceled.
    private static let cancelTimeout = Duration.seconds(5)

    package init(_ camera: any LiveCamera, options: Options = Options(), timeouts: LiveSession.Timeouts = .init()) {
        self.camera = camera
        name = camera.name
        supervision = Mutex(Supervision(options: options, timeouts: timeouts))
    }

    public var losses: SourceLosses { lost.withLock { $0 } }

    public func stall(at now: MonotonicTime) -> String? {
        heartbeat.withLock { heartbeat in
            if let stuck = heartbeat.stuck, now - stuck > Self.cancelTimeout {
                return "a call into the camera's driver does not return"
            }
            if let due = heartbeat.due, now > due { return "the camera's supervision hangs" }
            return nil
        }
    }

    public func next() throws -> SourceEvent? {
        defer { heartbeat.withLock { $0.due = nil } }
        let event = supervision.withLock { $0.next(of: self) }
        if cancellation.isCancelled {
            // The device should be free again when the daemon says that it has stopped.
            _ = current.withLock { $0 }?.hasEnded(by: .now + .seconds(1))
            return nil
        }
        return event
    }

    public func cancel() {
        cancellation.cancel()
        current.withLock { $0 }?.cancel()
    }

    /// What only the thread that calls `next` touches.
    private struct Supervision: ~Copyable {
        private enum State {
            case waiting(until: MonotonicTime)
            case running(LiveSession)
        }

        /// How long data may come without a usable picture.
        private static let unusable = Duration.seconds(10)
        /// How long after its deadline a session is ended, if its thread has not noticed.
        private static let gracePeriod = Duration.milliseconds(500)
        /// How often the deadlines are checked.
        private static let pollInterval = Duration.milliseconds(100)

        private let options: Options
        private let timeouts: LiveSession.Timeouts
        private var state = State.waiting(until: .now)
        /// Canceled, but its thread is still in some call.
        private var stuck: LiveSession?
        private var backoff = Backoff()
        private var freshness: Freshness
        private var lag = LagMeter()
        private var settling = Settling()
        private var isAnnounced = false
        private var wasFrozen = false
        private var lastUsable = MonotonicTime.now
        private var reported: Outage?
        private var first: MonotonicTime?
        private var pts = Duration.zero
        private var number = 0
        private var counted = LiveSession.Counts()

        init(options: Options, timeouts: LiveSession.Timeouts) {
            self.options = options
            self.timeouts = timeouts
            freshness = Freshness(limit: options.frozenAfter)
        }

        mutating func next(of source: LiveSource) -> SourceEvent? {
            while !source.cancellation.isCancelled {
                if let stuck, stuck.hasEnded(by: .now) { self.stuck = nil }
                let isStuck = stuck != nil
                let wake: MonotonicTime = if case .waiting(let until) = state { max(until, .now) } else { .now }
                source.heartbeat.withLock { heartbeat in
                    heartbeat.due = wake + LiveSource.heartbeatTimeout
                    heartbeat.stuck = isStuck ? heartbeat.stuck ?? .now : nil
                }
                switch state {
                case .waiting(let until):
                    guard source.cancellation.wait(until: until) else { return nil }
                    if let stuck, !stuck.hasEnded(by: .now) {
                        // A second session would find the device in use by the first.
                        if let outage = fail("a call into the camera's driver does not return", source) {
                            return .outage(outage)
                        }
                    } else {
                        start(source)
                    }
                case .running(let session):
                    if let event = step(of: session, source) { return event }
                }
            }
            return nil
        }

        private mutating func start(_ source: LiveSource) {
            let session = LiveSession(timeouts: timeouts)
            source.current.withLock { $0 = session }
            // Canceled since the session was made: `cancel` may have seen the one before.
            if source.cancellation.isCancelled { session.cancel() }
            stuck = nil
            state = .running(session)
            freshness.start()
            lag = LagMeter()
            settling = Settling()
            isAnnounced = false
            lastUsable = .now
            counted = LiveSession.Counts()
            let thread = Thread { [camera = source.camera] in session.run(camera) }
            thread.name = "camera"
            thread.start()
        }

        /// One step of a session.
        private mutating func step(of session: LiveSession, _ source: LiveSource) -> SourceEvent? {
            if !isAnnounced, let description = session.description {
                isAnnounced = true
                return .opened(description)
            }
            let outcome = session.take(until: .now + Self.pollInterval)
            count(session, source)
            switch outcome {
            case .picture(let picture):
                do {
                    if let frame = try use(picture, source) {
                        backoff.succeeded(at: .now)
                        reported = nil
                        return .frame(frame)
                    }
                } catch {
                    return fail(error.description, source).map { .outage($0) }
                }
            case .ended(let error):
                return fail(
                    error?.description ?? "the camera has ended the stream", retry: error?.retry ?? .mayHelp,
                    source
                ).map { .outage($0) }
            case .nothing: break
            }
            let now = MonotonicTime.now
            if now > session.deadline + Self.gracePeriod {
                return fail("\(session.timeoutError)", source).map { .outage($0) }
            }
            if session.description != nil, now - lastUsable > Self.unusable {
                return fail(
                    wasFrozen
                        ? "the camera is still frozen: it sends the same picture"
                        : "data comes, but no usable picture for \(Int(Self.unusable.inSeconds)) s", source
                ).map { .outage($0) }
            }
            return nil
        }

        /// - Returns: the frame; nil if this picture is not to be used.
        private mutating func use(_ picture: LivePicture, _ source: LiveSource) throws(VisageError) -> Frame? {
            let now = MonotonicTime.now
            let late = lag.lag(stamp: picture.stamp, arrived: picture.arrived)
            if let freeze = freshness.check(picture.image, stamp: picture.stamp, now: now) {
                wasFrozen = true
                let limit = Int(options.frozenAfter.inSeconds.rounded(.up))
                throw VisageError(
                    .source,
                    freeze == .clock
                        ? "the camera is frozen: its clock has stood still for \(limit) s"
                        : "the camera is frozen: it has sent the same picture for \(limit) s")
            }
            // After a freeze two new pictures are needed: a camera that is frozen still may show one that was not seen before.
            let isAlive = !wasFrozen || freshness.newPictures >= 2
            guard settling.isSettled(picture.image, at: picture.arrived), isAlive else { return nil }
            wasFrozen = false
            // Where every picture is late, they are used all the same: then the estimate is at fault, or the network.
            if late + (now - picture.arrived) > options.oldest, now - lastUsable < .seconds(2) {
                source.lost.withLock { $0.skipped += 1 }
                return nil
            }
            lastUsable = now
            let captured = picture.taken ?? MonotonicTime(nanoseconds: picture.arrived.nanoseconds - late.inNanoseconds)
            let first = first ?? captured
            self.first = first
            // Always grows, even if the camera's clock does not.
            pts = number == 0 ? .zero : max(pts + .milliseconds(1), captured - first)
            defer { number += 1 }
            return Frame(
                number: number, pts: pts, captured: captured, wall: Date() - (now - captured).inSeconds,
                image: picture.image)
        }

        /// - Returns: nil if there is nothing new to report.
        private mutating func fail(
            _ reason: String, retry: RetryAdvice = .mayHelp, _ source: LiveSource
        ) -> Outage? {
            if case .running(let session) = state {
                session.cancel()
                stuck = session
            }
            let delay = backoff.failed(at: .now, retry, chance: Double.random(in: 0...1))
            state = .waiting(until: .now + delay)
            let outage = Outage(
                reason: reason, attempt: backoff.attempt, retryIn: delay, retry: retry)
            // Reported again when the reason changes or the number of attempts has doubled: a camera that is away for a month
            // would otherwise be reported every half minute.
            let isNew = reported?.reason != reason || outage.attempt & (outage.attempt - 1) == 0
            if isNew { reported = outage }
            return isNew ? outage : nil
        }

        private mutating func count(_ session: LiveSession, _ source: LiveSource) {
            let counts = session.counts
            source.lost.withLock {
                $0.skipped += counts.replaced - counted.replaced
                $0.damaged += counts.damaged - counted.damaged
                $0.missed += counts.missed - counted.missed
            }
            counted = counts
        }
    }
}
