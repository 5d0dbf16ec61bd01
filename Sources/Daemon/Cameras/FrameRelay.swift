import Publishing
import Synchronization
import VisageCore

/// Stands for a camera's frame socket, which opens only when the daemon runs, or not at all.
final class FrameRelay: FrameBroadcaster {
    private let server = Mutex<FrameServer?>(nil)

    func set(_ server: FrameServer) { self.server.withLock { $0 = server } }

    func shutdown() async { await server.withLock { $0.take() }?.shutdown() }

    var isWatched: Bool { server.withLock { $0 }?.isWatched ?? false }

    func show(_ frame: Frame) { server.withLock { $0 }?.show(frame) }
}
