import Synchronization
import VisageCore

/// One session of a camera, from opening to failure, as its two sides share it: the camera's thread reads and delivers,
/// the supervisor takes the newest picture and sets the deadlines.
///
/// Safe to share: `state` is touched only under the condition's lock.
package final class LiveSession: @unchecked Sendable {
    /// How long a camera may take.
    package struct Timeouts: Sendable, Hashable, Codable {
        /// Until a capture process runs; a busy or slow machine takes long to load a program.
        package var starting = Duration.seconds(30)
        /// To be opened: name resolved, connected, answered, streaming.
        package var opening = Duration.seconds(5)
        /// From there to the first picture; of video that is the first key frame.
        package var firstPicture = Duration.seconds(10)
        /// Between two pieces of data; at least so much, and five times the interval between frames.
        package var data = Duration.seconds(2)

        package init() {}
    }

    /// What came of waiting for a picture.
    enum Outcome {
        case picture(LivePicture)
        case ended(VisageError?)
        /// In a capture process: the camera's own packets, to be passed on before any picture.
        case packets([PacketStep])
        case nothing
    }

    /// Sums since the session began.
    struct Counts: Equatable {
        /// Pictures that a newer one replaced before they were taken.
        var replaced = 0
        var damaged = 0
        var missed = 0
    }

    private struct State {
        var newest: LivePicture?
        var description: String?
        /// The program that will open it is being started.
        var isPostponed = false
        var isOpen = false
        var opened = MonotonicTime.now
        var lastData = MonotonicTime.now
        var lastPicture: MonotonicTime?
        var interval: Duration?
        var counts = Counts()
        var packets = PacketBacklog()
        var end: VisageError??
    }

    private let condition = MonotonicCondition()
    private var state = State()
    private let cancellation: Cancellation
    let timeouts: Timeouts
    /// Where the pictures of the camera are to be written to; nil for memory of its own.
    let slots: PictureSlots?
    /// Receives the camera's encoded packets; nil if they are not recorded.
    let packets: (any PacketSink)?
    /// In a capture process: whether the daemon takes the packets.
    let relaysPackets: Bool

    package init(
        timeouts: Timeouts = Timeouts(), slots: PictureSlots? = nil, packets: (any PacketSink)? = nil,
        relaysPackets: Bool = false
    ) {
        self.timeouts = timeouts
        self.slots = slots
        self.packets = packets
        self.relaysPackets = relaysPackets
        cancellation = Cancellation()
    }

    // For the camera.

    package var isCancelled: Bool { cancellation.isCancelled }
    /// Readable once canceled: to be polled together with a device.
    package var cancellationDescriptor: Int32 { cancellation.descriptor }

    /// Until when data must come: a call that still waits then has to return, and `run` has to throw `timeoutError`.
    package var deadline: MonotonicTime {
        condition.withLock {
            guard !state.isPostponed else { return state.opened + timeouts.starting }
            guard state.isOpen else { return state.opened + timeouts.opening }
            let quiet = state.lastData + max(timeouts.data, (state.interval ?? .zero) * 5)
            return state.lastPicture == nil ? min(quiet, state.opened + timeouts.firstPicture) : quiet
        }
    }

    /// What to throw once `deadline` has passed.
    package var timeoutError: VisageError {
        condition.withLock {
            if state.isPostponed {
                return VisageError(
                    .source, "the capture process did not start within \(Self.seconds(timeouts.starting))")
            }
            if !state.isOpen { return VisageError(.source, "no answer within \(Self.seconds(timeouts.opening))") }
            if state.lastPicture == nil, MonotonicTime.now - state.lastData < timeouts.data {
                return VisageError(.source, "data comes, but no picture within \(Self.seconds(timeouts.firstPicture))")
            }
            return VisageError(.source, "nothing has come for \(Self.seconds(.now - state.lastData))")
        }
    }

    /// The program that will open the camera is being started: the time for opening it begins later.
    func postpone() { condition.withLock { state.isPostponed = true } }

    /// The camera is being opened from now on.
    func begin() {
        condition.withLock {
            state.isPostponed = false
            state.opened = .now
            state.lastData = .now
        }
    }

    /// It is open and should stream from now on.
    /// - Parameters:
    ///   - description: what was agreed on, such as "1280x720 MJPG at 30 fps", without credentials
    ///   - interval: between frames, as far as known; frames that come teach it otherwise
    package func opened(_ description: String, interval: Duration?) {
        condition.withLock {
            state.isOpen = true
            state.opened = .now
            state.lastData = .now
            state.description = description
            state.interval = interval
            condition.broadcast()
        }
    }

    /// Data came, usable or not.
    package func hasData() { condition.withLock { state.lastData = .now } }

    /// Pictures that were left out because a newer one was there already.
    package func skipped(_ count: Int) { condition.withLock { state.counts.replaced += count } }

    /// Pictures or pieces of data that came damaged and were left out.
    package func damaged(_ count: Int = 1) { condition.withLock { state.counts.damaged += count } }

    /// Pictures that the camera took, by its own numbers, and that never came.
    package func missed(_ count: Int = 1) { condition.withLock { state.counts.missed += count } }

    /// Delivers an undamaged picture. It replaces the last one if that has not been taken yet.
    package func deliver(_ picture: LivePicture) {
        condition.withLock {
            if state.newest != nil { state.counts.replaced += 1 }
            if let last = state.lastPicture {
                let interval = picture.arrived - last
                // Grows slowly: a pause does not mean a lower frame rate.
                state.interval = state.interval.map { $0 + (min(interval, $0 * 2) - $0) / 8 } ?? interval
            }
            state.newest = picture
            state.lastPicture = picture.arrived
            state.lastData = max(state.lastData, picture.arrived)
            condition.broadcast()
        }
    }

    /// In a capture process: queues a packet for the daemon, or drops it if the queue is full.
    func add(_ step: PacketStep) {
        condition.withLock {
            state.packets.add(step)
            condition.broadcast()
        }
    }

    // For the supervisor.

    /// Waits for the newest picture, the end of the session, or `limit`.
    func take(until limit: MonotonicTime) -> Outcome {
        condition.withLock {
            while true {
                let packets = state.packets.takeAll()
                if !packets.isEmpty { return .packets(packets) }
                if let picture = state.newest {
                    state.newest = nil
                    return .picture(picture)
                }
                if let end = state.end { return .ended(end) }
                if isCancelled || MonotonicTime.now >= limit { return .nothing }
                condition.wait(until: limit)
            }
        }
    }

    /// Runs the camera to its end on the calling thread.
    func run(_ camera: any LiveCamera) {
        var failure: VisageError?
        do {
            try camera.run(self)
        } catch {
            failure = error as? VisageError ?? VisageError(.source, "\(error)")
        }
        condition.withLock {
            state.end = .some(failure)
            condition.broadcast()
        }
    }

    func cancel() {
        cancellation.cancel()
        condition.withLock { condition.broadcast() }
    }

    /// Waits for the camera's thread to be done with it.
    /// - Returns: whether it is.
    func hasEnded(by limit: MonotonicTime) -> Bool {
        condition.withLock {
            while state.end == nil, MonotonicTime.now < limit { condition.wait(until: limit) }
            return state.end != nil
        }
    }

    /// Between frames, as far as known.
    var interval: Duration? { condition.withLock { state.interval } }
    /// When data came last.
    var lastData: MonotonicTime { condition.withLock { state.lastData } }
    var counts: Counts { condition.withLock { state.counts } }
    /// What `opened` said; nil before.
    var description: String? { condition.withLock { state.description } }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = (duration.inSeconds * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths)) s" : "\(tenths) s"
    }
}
