import VisageCore

/// Judges a live camera: when it is started and given up, which of its pictures are used, and what is reported. A state
/// machine without threads and clocks: told what happens and when, it answers what is to be done.
package struct LiveSupervisor {
    /// What happens to the camera.
    package enum Event: Sendable {
        /// Nothing but time has passed. Has to be told at `wake` at the latest.
        case tick
        /// The session has opened the camera, in the mode that the text describes.
        case opened(String)
        case picture(LivePicture)
        /// The session has ended by itself.
        case ended(VisageError?)
        /// The session has let its deadline pass, and should have ended.
        case overdue(VisageError)
        /// The canceled session has let go of the camera.
        case released
    }

    /// What is to be done.
    package enum Action: Sendable {
        /// Start a session.
        case start
        /// Cancel the session. `released` has to follow as soon as it has let go of the camera.
        case cancel
        case announce(String)
        /// Hand the picture on as a frame.
        case deliver(LivePicture, number: Int, pts: Duration, captured: MonotonicTime)
        /// The picture is too old to be used. It counts as skipped.
        case skip
        case report(Outage)
    }

    private enum State {
        case waiting(until: MonotonicTime)
        case running(isOpen: Bool)
    }

    /// How long data may come without a usable picture.
    private static let unusable = Duration.seconds(10)
    /// How long old pictures are skipped before they are used all the same.
    private static let lateness = Duration.seconds(2)
    /// How long a canceled session may take to let go of the camera, before that is a failure of its own. A capture process
    /// is given a second to close it, and a second to go once it was killed.
    private static let releaseTimeout = Duration.milliseconds(2500)
    /// How often the camera is looked at.
    private static let interval = Duration.milliseconds(100)

    private let options: LiveSource.Options
    private var state: State
    /// Since when a canceled session has not let go of the camera: a second one would find it in use.
    private var heldSince: MonotonicTime?
    private var backoff = Backoff()
    private var freshness: Freshness
    private var lag = LagMeter()
    private var settling = Settling()
    private var wasFrozen = false
    private var lastUsable: MonotonicTime
    private var reported: Outage?
    private var first: MonotonicTime?
    private var pts = Duration.zero
    private var number = 0

    package init(_ options: LiveSource.Options, at now: MonotonicTime) {
        self.options = options
        state = .waiting(until: now)
        lastUsable = now
        freshness = Freshness(limit: options.frozenAfter)
    }

    /// When `tick` has to be told at the latest.
    package func wake(at now: MonotonicTime) -> MonotonicTime {
        if case .waiting(let until) = state { max(until, now) } else { now + Self.interval }
    }

    /// - Parameter chance: a random number 0...1; see `Backoff`
    package mutating func handle(_ event: Event, at now: MonotonicTime, chance: Double) -> [Action] {
        switch (event, state) {
        case (.released, _):
            heldSince = nil
            return []
        case (.tick, .waiting(let until)):
            guard now >= until else { return [] }
            guard let heldSince else { return start(at: now) }
            guard now - heldSince > Self.releaseTimeout else {
                state = .waiting(until: now + Self.interval)
                return []
            }
            return fail("a call into the camera's driver does not return", at: now, chance)
        case (_, .waiting): return []
        case (.opened(let text), .running):
            state = .running(isOpen: true)
            return [.announce(text)]
        case (.picture(let picture), .running):
            do { return try use(picture, at: now) } catch { return fail(error.description, at: now, chance) }
        case (.ended(let error), .running):
            let reason = error?.description ?? "the camera has ended the stream"
            return fail(reason, retry: error?.retry ?? .mayHelp, at: now, chance)
        case (.overdue(let error), .running): return fail(error.description, at: now, chance)
        case (.tick, .running(let isOpen)):
            guard isOpen, now - lastUsable > Self.unusable else { return [] }
            let reason =
                wasFrozen
                ? "the camera is still frozen: it sends the same picture"
                : "data comes, but no usable picture for \(Int(Self.unusable.inSeconds)) s"
            return fail(reason, at: now, chance)
        }
    }

    private mutating func start(at now: MonotonicTime) -> [Action] {
        state = .running(isOpen: false)
        freshness.start()
        lag = LagMeter()
        settling = Settling()
        lastUsable = now
        return [.start]
    }

    /// - Throws: `VisageError.source` if the camera is frozen.
    private mutating func use(_ picture: LivePicture, at now: MonotonicTime) throws(VisageError) -> [Action] {
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
        guard settling.isSettled(picture.image, at: picture.arrived), isAlive else { return [] }
        wasFrozen = false
        // Where every picture is late, they are used all the same: then the estimate is at fault, or the network.
        if late + (now - picture.arrived) > options.oldest, now - lastUsable < Self.lateness { return [.skip] }
        lastUsable = now
        let captured = picture.taken ?? picture.arrived + (.zero - late)
        let first = first ?? captured
        self.first = first
        // Always grows, even if the camera's clock does not.
        pts = number == 0 ? .zero : max(pts + .milliseconds(1), captured - first)
        defer { number += 1 }
        backoff.succeeded(at: now)
        reported = nil
        return [.deliver(picture, number: number, pts: pts, captured: captured)]
    }

    /// Ends the session, if one runs, and waits before the next one.
    private mutating func fail(
        _ reason: String, retry: RetryAdvice = .mayHelp, at now: MonotonicTime, _ chance: Double
    ) -> [Action] {
        var actions: [Action] = []
        if case .running = state {
            heldSince = now
            actions = [.cancel]
        }
        let delay = backoff.failed(at: now, retry, chance: chance)
        state = .waiting(until: now + delay)
        let outage = Outage(reason: reason, attempt: backoff.attempt, retryIn: delay, retry: retry)
        // Reported again when the reason changes or the number of attempts has doubled: a camera that is away for a month
        // would otherwise be reported every half minute.
        guard reported?.reason != reason || outage.attempt & (outage.attempt - 1) == 0 else { return actions }
        reported = outage
        return actions + [.report(outage)]
    }
}
