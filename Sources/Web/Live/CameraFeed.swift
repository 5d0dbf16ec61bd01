import Foundation
import NIOCore
import NIOPosix
import Synchronization
import VisageCore

/// One camera's frames for all viewers. They are read from the daemon once for all, only while there are viewers, and at the
/// highest rate that one of them asks for: the daemon encodes no more frames than are read. A slow viewer misses frames and
/// does not delay the others.
package final class CameraFeed: Sendable {
    private struct Viewer {
        let wake: AsyncStream<Void>.Continuation
        let interval: Duration
    }

    private struct State {
        var viewers: [Int: Viewer] = [:]
        var lastViewer = 0
        var frame: JPEGFrame?
        /// Number of frames; a viewer compares it with that of the last frame it had.
        var serial = 0
        var isRunning = false
        var channel: (any Channel)?
    }

    /// The connection stays for so long when the last viewer goes: a page that is loaded anew finds it.
    private static let linger = Duration.seconds(5)
    private static let retry = Duration.seconds(1)
    /// Maximum time between two reads. A frame is encoded as soon as the one before it has been read, so this is also how
    /// old it can be.
    private static let longestInterval = Duration.milliseconds(250)

    private let path: String
    private let state = Mutex(State())

    package init(socket path: String) { self.path = path }

    /// The number of those who look.
    var viewers: Int { state.withLock { $0.viewers.count } }

    /// The newest frame, if it is another than that with this number.
    package func newest(after serial: Int) -> (frame: JPEGFrame, serial: Int)? {
        state.withLock { state in
            guard let frame = state.frame, state.serial != serial else { return nil }
            return (frame, state.serial)
        }
    }

    /// Looks until the task ends or `Looking` is dropped.
    /// - Parameter interval: minimum time between two frames that this viewer wants; zero for all frames. Frames come more
    ///   often if another viewer wants them to.
    package func look(_ wake: AsyncStream<Void>.Continuation, interval: Duration = .zero) -> Looking {
        let (number, start) = state.withLock { state in
            state.lastViewer += 1
            state.viewers[state.lastViewer] = Viewer(wake: wake, interval: interval)
            defer { state.isRunning = true }
            return (state.lastViewer, !state.isRunning)
        }
        if start { Task { await run() } }
        return Looking(feed: self, number: number)
    }

    /// As long as it lives, frames come.
    package final class Looking: Sendable {
        private let feed: CameraFeed
        private let number: Int

        fileprivate init(feed: CameraFeed, number: Int) {
            self.feed = feed
            self.number = number
        }

        deinit { feed.leave(number) }
    }

    private func leave(_ number: Int) {
        let isLast = state.withLock { state in
            state.viewers[number] = nil
            return state.viewers.isEmpty
        }
        guard isLast else { return }
        Task {
            // Who changes from page to page comes back at once: the connection is kept for a moment.
            try? await Task.sleep(for: Self.linger)
            let channel = state.withLock { $0.viewers.isEmpty ? $0.channel : nil }
            try? await channel?.close()
        }
    }

    /// Connects, and again when the daemon has gone, while somebody looks.
    private func run() async {
        while state.withLock({ state in
            state.isRunning = !state.viewers.isEmpty
            return state.isRunning
        }) {
            if let channel = try? await connect() {
                state.withLock { $0.channel = channel }
                try? await channel.closeFuture.get()
            }
            state.withLock { state in (state.channel, state.frame) = (nil, nil) }
            guard state.withLock({ !$0.viewers.isEmpty }) else { continue }
            // The interval between attempts while the daemon is away; nothing tells when it is back.
            try? await Task.sleep(for: Self.retry)
        }
    }

    private func connect() async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(FrameDecoder()), FrameReceiver(self))
                }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    fileprivate func show(_ frame: JPEGFrame) {
        let viewers = state.withLock { state in
            state.frame = frame
            state.serial += 1
            return state.viewers.values.map(\.wake)
        }
        for viewer in viewers { viewer.yield() }
    }

    /// Time from one read to the next.
    fileprivate var interval: Duration {
        state.withLock { min($0.viewers.values.map(\.interval).min() ?? .zero, Self.longestInterval) }
    }
}

/// Reads a frame, hands it over, and reads the next one after the feed's interval.
private final class FrameReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let feed: CameraFeed
    private var hasFrame = false

    init(_ feed: CameraFeed) { self.feed = feed }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        feed.show(JPEGFrame(bytes: unwrapInboundIn(data), time: .now))
        hasFrame = true
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let interval = hasFrame ? feed.interval : .zero
        hasFrame = false
        guard interval > .zero else { return context.read() }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: TimeAmount(interval)) { channel.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
