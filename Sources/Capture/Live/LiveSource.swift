import Foundation
import Synchronization
import VisageCore

/// A live camera that is never given up: starts it, takes its newest picture, notices when it fails, hangs, freezes
/// or sends only damage, says so, waits a little, and starts it anew.
///
/// Frames come once the camera has settled. Their pts is the time since the first one on the monotonic clock, outages
/// included.
public final class LiveSource: FrameSource {
    /// What is asked of a camera.
    public struct Options: Sendable, Hashable {
        /// The same picture, or a clock that stands still, for so long: the camera is started anew. Zero: never.
        public var frozenAfter: Duration
        /// A picture that is later than this, when it could be worked on, is skipped.
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
    private let life: Mutex<Life>
    private let current = Mutex<LiveSession?>(nil)
    private let lost = Mutex(SourceLosses())
    private let pulse = Mutex(Pulse())

    /// Signs of life, for who watches over the whole.
    private struct Pulse {
        /// When the supervisor, if somebody waits for it, is to show itself next.
        var due: MonotonicTime?
        /// Since when a cancelled session's thread has not come back.
        var stuck: MonotonicTime?
    }

    /// The supervisor looks at its deadlines ten times a second.
    private static let breath = Duration.seconds(5)
    /// No call should outlast its cancelling by so much.
    private static let patience = Duration.seconds(5)

    package init(_ camera: any LiveCamera, options: Options = Options(), patience: LiveSession.Patience = .init()) {
        self.camera = camera
        name = camera.name
        life = Mutex(Life(options: options, patience: patience))
    }

    public var losses: SourceLosses { lost.withLock { $0 } }

    public func standstill(at now: MonotonicTime) -> String? {
        pulse.withLock { pulse in
            if let stuck = pulse.stuck, now - stuck > Self.patience {
                return "a call into the camera's driver does not return"
            }
            if let due = pulse.due, now > due { return "the camera's supervision hangs" }
            return nil
        }
    }

    public func next() throws -> SourceNews? {
        defer { pulse.withLock { $0.due = nil } }
        let news = life.withLock { $0.next(of: self) }
        if cancellation.isCancelled {
            // The device should be free again when the daemon says that it has stopped.
            _ = current.withLock { $0 }?.hasEnded(by: .now + .seconds(1))
            return nil
        }
        return news
    }

    public func cancel() {
        cancellation.cancel()
        current.withLock { $0 }?.cancel()
    }

    /// What only the thread that calls `next` touches.
    private struct Life: ~Copyable {
        private enum State {
            case waiting(until: MonotonicTime)
            case running(LiveSession)
        }

        /// Data comes, but nothing that could be used.
        private static let unusable = Duration.seconds(10)
        /// Beyond its deadline a session gets so much before its thread counts as stuck.
        private static let grace = Duration.milliseconds(500)
        /// How often the deadlines are looked at.
        private static let tick = Duration.milliseconds(100)

        private let options: Options
        private let patience: LiveSession.Patience
        private var state = State.waiting(until: .now)
        /// Cancelled, but its thread is still in some call.
        private var stuck: LiveSession?
        private var backoff = Backoff()
        private var freshness: Freshness
        private var lag = LagMeter()
        private var settling = Settling()
        private var isAnnounced = false
        private var wasFrozen = false
        private var lastUsable = MonotonicTime.now
        private var told: Outage?
        private var first: MonotonicTime?
        private var pts = Duration.zero
        private var number = 0
        private var counted = LiveSession.Counts()

        init(options: Options, patience: LiveSession.Patience) {
            self.options = options
            self.patience = patience
            freshness = Freshness(limit: options.frozenAfter)
        }

        mutating func next(of source: LiveSource) -> SourceNews? {
            while !source.cancellation.isCancelled {
                if let stuck, stuck.hasEnded(by: .now) { self.stuck = nil }
                let isStuck = stuck != nil
                let wake: MonotonicTime = if case .waiting(let until) = state { max(until, .now) } else { .now }
                source.pulse.withLock { pulse in
                    pulse.due = wake + LiveSource.breath
                    pulse.stuck = isStuck ? pulse.stuck ?? .now : nil
                }
                switch state {
                case .waiting(let until):
                    guard source.cancellation.wait(until: until) else { return nil }
                    if let stuck, !stuck.hasEnded(by: .now) {
                        // A second one beside it would find the device taken.
                        if let outage = fail("a call into the camera's driver does not return", source) {
                            return .outage(outage)
                        }
                    } else {
                        start(source)
                    }
                case .running(let session):
                    if let news = go(on: session, source) { return news }
                }
            }
            return nil
        }

        private mutating func start(_ source: LiveSource) {
            let session = LiveSession(patience: patience)
            source.current.withLock { $0 = session }
            // Cancelled in between: the session must hear of it.
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
        private mutating func go(on session: LiveSession, _ source: LiveSource) -> SourceNews? {
            if !isAnnounced, let description = session.description {
                isAnnounced = true
                return .opened(description)
            }
            let outcome = session.take(until: .now + Self.tick)
            count(session, source)
            switch outcome {
            case .picture(let picture):
                do {
                    if let frame = try use(picture, source) {
                        backoff.succeeded(at: .now)
                        told = nil
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
            if now > session.deadline + Self.grace {
                return fail("\(session.silence)", source).map { .outage($0) }
            }
            if session.description != nil, now - lastUsable > Self.unusable {
                return fail(
                    wasFrozen
                        ? "the camera is still frozen: it sends the same picture"
                        : "data comes, but no sound picture for \(Int(Self.unusable.inSeconds)) s", source
                ).map { .outage($0) }
            }
            return nil
        }

        /// - Returns: the frame to work on; nil if this picture is none.
        private mutating func use(_ picture: LivePicture, _ source: LiveSource) throws(VisageError) -> Frame? {
            let now = MonotonicTime.now
            let late = lag.lag(stamp: picture.stamp, arrived: picture.arrived)
            if let standstill = freshness.look(at: picture.image, stamp: picture.stamp, now: now) {
                wasFrozen = true
                let limit = Int(options.frozenAfter.inSeconds.rounded(.up))
                throw VisageError(
                    .source,
                    standstill == .clock
                        ? "the camera is frozen: its clock has stood still for \(limit) s"
                        : "the camera is frozen: it has sent the same picture for \(limit) s")
            }
            // After it was frozen it has to show that it sees: the picture that it froze on may be another one now.
            let isAlive = !wasFrozen || freshness.newPictures >= 2
            guard settling.isSettled(picture.image, at: picture.arrived), isAlive else { return nil }
            wasFrozen = false
            // If every picture is late, it is not the picture.
            if late + (now - picture.arrived) > options.oldest, now - lastUsable < .seconds(2) {
                source.lost.withLock { $0.skipped += 1 }
                return nil
            }
            lastUsable = now
            let captured = picture.taken ?? MonotonicTime(nanoseconds: picture.arrived.nanoseconds - late.inNanoseconds)
            let first = first ?? captured
            self.first = first
            // Always grows, whatever the clocks say.
            pts = number == 0 ? .zero : max(pts + .milliseconds(1), captured - first)
            defer { number += 1 }
            return Frame(
                number: number, pts: pts, captured: captured, wall: Date() - (now - captured).inSeconds,
                image: picture.image)
        }

        /// - Returns: nil if there is nothing new to tell.
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
            // A camera that is away for a month is no news every half minute: doublings are, and new reasons.
            let isNews = told?.reason != reason || outage.attempt & (outage.attempt - 1) == 0
            if isNews { told = outage }
            return isNews ? outage : nil
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
