import Publishing
import Synchronization
import VisageCore

/// Takes a pipeline's frames to its frame socket, which is opened after the pipeline is made, or not at all.
final class FrameRelay: FrameBroadcaster {
    private let server = Mutex<FrameServer?>(nil)

    func set(_ server: FrameServer) { self.server.withLock { $0 = server } }

    /// Disconnects all readers and removes the socket.
    func shutdown() async { await server.withLock { $0.take() }?.shutdown() }

    var hasViewers: Bool { server.withLock { $0 }?.hasViewers ?? false }

    func show(_ frame: Frame) { server.withLock { $0 }?.show(frame) }
}
