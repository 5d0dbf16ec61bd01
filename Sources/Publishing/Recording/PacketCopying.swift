import Synchronization
import VisageCore

/// What a recorder knows of the packets that it copies; see `Recorder+Packets`.
final class PacketCopying: Sendable {
    struct State {
        var plan: PacketPlan
        /// Whether the camera sends packets that can be copied. Believed of every camera until it says otherwise.
        var isOn = true
        /// Why packets are lost was said.
        var isLossSaid = false
    }

    /// The subtitles of the newest file, and of one before it as long as faces may still come. Touched by the queue's thread
    /// alone.
    let subtitles = Mutex<[SubtitleWriter]>([])
    let state: Mutex<State>
    let queue: PacketQueue
    /// Written since the limits of the folder were checked for that reason.
    private let bytes = Atomic<Int64>(0)
    /// What the times of the recording count from.
    let started = MonotonicTime.now

    /// - Parameter name: of the camera
    init(name: String, plan: PacketPlan) {
        state = Mutex(State(plan: plan))
        queue = PacketQueue(name: "\(name).copy".suffix(15).description)
    }

    var isOn: Bool { state.withLock { $0.isOn } }

    func position(of frame: Frame) -> RecordingPosition? {
        frame.packet.flatMap { id in state.withLock { $0.plan.position(of: id) } }
    }

    func interrupt() { state.withLock { $0.plan.interrupt() } }

    /// Writing into `file` has failed.
    func failed(_ file: String) { state.withLock { $0.plan.failed(file, at: .now) } }

    /// - Returns: bytes written since `takeBytes`.
    func addBytes(_ count: Int) -> Int64 { bytes.add(Int64(count), ordering: .relaxed).newValue }
    func takeBytes() -> Int64 { bytes.exchange(0, ordering: .relaxed) }

    /// Takes nothing more, and waits until all is written.
    func finish() {
        state.withLock { $0.plan.finish() }
        queue.finish()
    }
}
