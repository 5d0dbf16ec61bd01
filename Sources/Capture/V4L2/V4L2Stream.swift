import Foundation
import VisageCore

/// Reads a device that streams, as long as a session lasts.
struct V4L2Stream {
    private let device: V4L2Device
    private let session: LiveSession
    private let reader: any V4L2Reader
    private let skipsOlder: Bool
    private let buffers: V4L2Buffers
    private var sequence = V4L2Sequence()

    /// Starts streaming.
    /// - Throws: `VisageError` with what stands in the way.
    init(_ device: V4L2Device, _ mode: V4L2Mode, _ session: LiveSession) throws {
        self.device = device
        self.session = session
        reader = try mode.reader(device.path, slots: session.slots)
        skipsOlder = mode.format.standsAlone
        buffers = try V4L2Buffers(device)
    }

    /// - Throws: `VisageError` when the device has failed or gone silent.
    mutating func run() throws {
        while try wait() {
            let ready = try dequeue()
            if !ready.isEmpty { session.hasData() }
            let newest = ready.last { !$0.isDamaged }?.index
            for filled in ready where try isSound(filled) {
                if skipsOlder, filled.index != newest {
                    try buffers.give(back: filled.index)
                    session.skipped(1)
                } else {
                    try deliver(filled)
                }
            }
        }
    }

    /// Waits for pictures.
    /// - Returns: false once the session is canceled.
    private func wait() throws -> Bool {
        while !session.isCancelled {
            let left = (session.deadline - .now).inNanoseconds
            guard left > 0 else { throw session.timeoutError }
            var pollers = [
                pollfd(fd: device.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: session.cancellationDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            // Rounded up: never early. The session cannot wake this without its descriptor, of which -1 is none.
            let slice = min((left + 999_999) / 1_000_000, session.cancellationDescriptor >= 0 ? 1_000 : 20)
            guard poll(&pollers, 2, Int32(slice)) > 0 else { continue }
            let events = Int32(pollers[0].revents)
            if events & (POLLERR | POLLHUP | POLLNVAL) != 0 { throw failure(events) }
            if events & POLLIN != 0 { return true }
        }
        return false
    }

    /// Poll only says that something is wrong: asking for a picture says what.
    private func failure(_ events: Int32) -> VisageError {
        do {
            while try buffers.next() != nil {}
        } catch {
            return error as? VisageError ?? VisageError(.source, "\(error)")
        }
        return events & POLLHUP != 0
            ? V4L2Failure.unplugged
            : VisageError(.source, "the camera has stopped streaming and does not say why")
    }

    /// All that are filled.
    private func dequeue() throws -> [V4L2Buffers.Filled] {
        var ready: [V4L2Buffers.Filled] = []
        while ready.count < buffers.count, let filled = try buffers.next() { ready.append(filled) }
        return ready
    }

    /// Counts what is missing before it, and gives it back if it is damaged.
    private mutating func isSound(_ filled: V4L2Buffers.Filled) throws -> Bool {
        let missed = sequence.missed(before: filled.sequence)
        if missed > 0 { session.missed(missed) }
        if missed > 0 || filled.isDamaged { reader.lost() }
        guard filled.isDamaged else { return true }
        session.damaged()
        try buffers.give(back: filled.index)
        return false
    }

    private func deliver(_ filled: V4L2Buffers.Filled) throws {
        let image = try reader.read(filled.bytes) { try buffers.give(back: filled.index) }
        guard let image else { return session.damaged() }
        session.deliver(
            LivePicture(
                image: image, stamp: filled.taken.map { .nanoseconds($0.nanoseconds) }, arrived: filled.arrived,
                taken: filled.taken))
    }
}
