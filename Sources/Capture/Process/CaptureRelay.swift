import VisageCore

/// In a capture process: tells the daemon what happens in the session of the camera.
struct CaptureRelay {
    /// How often the daemon is told that data comes, where no picture says so.
    private static let interval = Duration.milliseconds(100)

    let channel: CaptureChannel
    let session: LiveSession
    let slots: PictureSlots
    /// How a webcam describes itself.
    let identity: () -> V4L2Identity?

    /// Returns when the session has ended, or the daemon wants no more.
    func run() {
        var isAnnounced = false
        var counted = LiveSession.Counts()
        var lastData = session.lastData
        while true {
            let outcome = session.take(until: .now + Self.interval)
            var isHeard = true
            func tell(_ message: CaptureMessage) { isHeard = isHeard && channel.send(message.bytes) }
            if !isAnnounced, let description = session.description {
                isAnnounced = true
                tell(.opened(description, interval: session.interval, identity: identity()))
            }
            if case .packets(let steps) = outcome {
                for step in steps { step.messages { tell($0) } }
            }
            if case .picture(let picture) = outcome {
                if let shared = slots.share(picture) { tell(.picture(shared)) } else { session.skipped(1) }
            }
            let counts = session.counts
            if counts != counted {
                tell(
                    .losses(
                        skipped: counts.replaced - counted.replaced, damaged: counts.damaged - counted.damaged,
                        missed: counts.missed - counted.missed))
                counted = counts
            }
            let data = session.lastData
            if isAnnounced, data != lastData, case .nothing = outcome { tell(.data) }
            lastData = data
            if case .ended(let error) = outcome {
                tell(
                    .ended(
                        error?.description ?? "the camera has ended the stream",
                        needsPerson: error?.retry == .needsPerson, isInUse: error?.code == .inUse))
                return
            }
            guard isHeard, !session.isCancelled else {
                session.cancel()
                // The end is announced to the camera.
                _ = session.hasEnded(by: .now + .seconds(1))
                return
            }
        }
    }
}
