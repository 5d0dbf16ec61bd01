import Foundation
import Synchronization
import VisageCore

/// Runs a live camera as `LiveSupervisor` decides: starts it, takes its newest picture, and when it fails, hangs, freezes or
/// sends only damaged data, ends it, reports that, and starts it again, without end.
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
    private let timeouts: LiveSession.Timeouts
    private let packets = Mutex<(any PacketSink)?>(nil)
    private let cancellation = Cancellation()
    private let supervision: Mutex<Supervision>
    private let current = Mutex<LiveSession?>(nil)
    private let lost = Mutex(SourceLosses())
    private let heartbeat = Mutex(Heartbeat())

    /// What only the thread that calls `next` touches.
    private struct Supervision {
        var supervisor: LiveSupervisor
        var session: LiveSession?
        /// Its thread has not come back yet.
        var canceled: LiveSession?
        var isAnnounced = false
        var counted = LiveSession.Counts()
        /// To be returned by `next`.
        var events: [SourceEvent] = []
    }

    /// What the watchdog judges by.
    private struct Heartbeat {
        /// Until when the next step must come; nil while no call of `next` is under way.
        var due: MonotonicTime?
        /// Since when a canceled session's thread has not come back.
        var stuck: MonotonicTime?
    }

    /// How long after its deadline a session is ended, if its thread has not noticed.
    private static let gracePeriod = Duration.milliseconds(500)
    /// How late a step may be: deadlines are checked ten times a second.
    private static let heartbeatTimeout = Duration.seconds(5)
    /// How long a call into the camera may go on after the session was canceled.
    private static let cancelTimeout = Duration.seconds(5)

    package init(_ camera: any LiveCamera, options: Options = Options(), timeouts: LiveSession.Timeouts = .init()) {
        self.camera = camera
        self.timeouts = timeouts
        name = camera.name
        supervision = Mutex(Supervision(supervisor: LiveSupervisor(options, at: .now)))
    }

    public var losses: SourceLosses { lost.withLock { $0 } }

    /// Has the camera's own packets handed to `sink`, from the next session on.
    package func copyPackets(to sink: any PacketSink) { packets.withLock { $0 = sink } }

    public func stall(at now: MonotonicTime) -> String? {
        heartbeat.withLock { heartbeat in
            // A capture process that the kernel does not let go is that camera's outage alone: starting the daemon again would
            // not help.
            if !camera.isIsolated, let stuck = heartbeat.stuck, now - stuck > Self.cancelTimeout {
                return "a call into the camera's driver does not return"
            }
            if let due = heartbeat.due, now > due { return "the camera's supervision hangs" }
            return nil
        }
    }

    public func next() throws -> SourceEvent? {
        defer { heartbeat.withLock { $0.due = nil } }
        let event = supervision.withLock { next(&$0) }
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

    private func next(_ supervision: inout Supervision) -> SourceEvent? {
        while !cancellation.isCancelled {
            if !supervision.events.isEmpty { return supervision.events.removeFirst() }
            if let canceled = supervision.canceled, canceled.hasEnded(by: .now) {
                supervision.canceled = nil
                perform(.released, &supervision)
            }
            let wake = supervision.supervisor.wake(at: .now)
            let isStuck = supervision.canceled != nil
            heartbeat.withLock { heartbeat in
                heartbeat.due = wake + Self.heartbeatTimeout
                heartbeat.stuck = isStuck ? heartbeat.stuck ?? .now : nil
            }
            if let session = supervision.session {
                perform(nextEvent(of: session, until: wake, &supervision), &supervision)
            } else {
                guard cancellation.wait(until: wake) else { return nil }
                // Both may have happened meanwhile, and the end of the old session counts first.
                if supervision.canceled?.hasEnded(by: .now) ?? false { continue }
                perform(.tick, &supervision)
            }
        }
        return nil
    }

    private func nextEvent(
        of session: LiveSession, until wake: MonotonicTime, _ supervision: inout Supervision
    ) -> LiveSupervisor.Event {
        if !supervision.isAnnounced, let description = session.description {
            supervision.isAnnounced = true
            return .opened(description)
        }
        let outcome = session.take(until: wake)
        count(session.counts, &supervision)
        switch outcome {
        case .picture(let picture): return .picture(picture)
        case .ended(let error): return .ended(error)
        // Only a capture process has them.
        case .packets: return .tick
        case .nothing:
            return .now > session.deadline + Self.gracePeriod ? .overdue(session.timeoutError) : .tick
        }
    }

    private func perform(_ event: LiveSupervisor.Event, _ supervision: inout Supervision) {
        let now = MonotonicTime.now
        for action in supervision.supervisor.handle(event, at: now, chance: Double.random(in: 0...1)) {
            switch action {
            case .start: start(&supervision)
            case .cancel:
                supervision.session?.cancel()
                (supervision.canceled, supervision.session) = (supervision.session, nil)
            case .announce(let text): supervision.events.append(.opened(text))
            case .deliver(let picture, let number, let pts, let captured):
                let wall = Date() - (now - captured).inSeconds
                supervision.events.append(
                    .frame(
                        Frame(
                            number: number, pts: pts, captured: captured, wall: wall, image: picture.image,
                            packet: picture.packet)))
            case .skip: lost.withLock { $0.skipped += 1 }
            case .report(let outage): supervision.events.append(.outage(outage))
            }
        }
    }

    private func start(_ supervision: inout Supervision) {
        let session = LiveSession(timeouts: timeouts, packets: packets.withLock { $0 })
        current.withLock { $0 = session }
        // Cancelled since the session was made: `cancel` may have seen the one before.
        if cancellation.isCancelled { session.cancel() }
        (supervision.session, supervision.isAnnounced) = (session, false)
        supervision.counted = LiveSession.Counts()
        let thread = Thread { [camera] in session.run(camera) }
        thread.name = "camera"
        thread.start()
    }

    private func count(_ counts: LiveSession.Counts, _ supervision: inout Supervision) {
        let counted = supervision.counted
        lost.withLock {
            $0.skipped += counts.replaced - counted.replaced
            $0.damaged += counts.damaged - counted.damaged
            $0.missed += counts.missed - counted.missed
        }
        supervision.counted = counts
    }
}
