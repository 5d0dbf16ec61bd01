import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import VisageCore

/// Shows one camera's annotated frames on a Unix stream socket as multipart MJPEG, with no HTTP around it:
/// `ffplay -f mpjpeg unix:PATH`. A watcher gets the newest frame whenever the system has taken his last one from
/// us; what he is too slow for, he does not see. A frame becomes a JPEG once, and only if somebody is ready for it.
public final class FrameServer: FrameBroadcaster {
    private let loop: any EventLoop
    private let encode: @Sendable (PixelBuffer) throws -> [UInt8]
    private let logger: Logger
    private let warning = Throttle()
    private let queue = DispatchQueue(label: "visage.frames")
    private let state = Mutex(State())
    private let socket: UnixSocket
    private let listener = Mutex<(any Channel)?>(nil)
    private let capacity: Int

    fileprivate struct State {
        var frame: Frame?
        /// Counts the frames shown; tells which one a watcher has had.
        var serial = 0
        var part: (serial: Int, bytes: ByteBuffer)?
        var watchers: [ObjectIdentifier: Watcher] = [:]
        var isPumping = false
    }

    fileprivate struct Watcher {
        let channel: any Channel
        var seen = 0
        var isReady = true
    }

    private init(
        socket: UnixSocket, watchers: Int, logger: Logger,
        encode: @escaping @Sendable (PixelBuffer) throws -> [UInt8]
    ) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        self.socket = socket
        capacity = watchers
        self.logger = logger
        self.encode = encode
    }

    /// Opens the socket and begins to serve.
    /// - Parameters:
    ///   - watchers: How many may watch at a time; others are turned away.
    ///   - encode: Makes a JPEG; called on a queue of the server's own.
    /// - Throws: `VisageError`, `.inUse` when another process serves there.
    public static func start(
        at path: String, watchers: Int = 32, logger: Logger,
        encode: @escaping @Sendable (PixelBuffer) throws -> [UInt8]
    ) async throws -> FrameServer {
        let socket = try UnixSocket.listen(at: path)
        let server = FrameServer(socket: socket, watchers: watchers, logger: logger, encode: encode)
        do {
            let channel = try await ServerBootstrap(group: server.loop)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                // Nothing that a watcher says matters; leaving it unread makes it cost nothing.
                .childChannelOption(.autoRead, value: false)
                .childChannelInitializer { [weak server] channel in
                    server?.welcome(channel)
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .withBoundSocket(socket.descriptor).get()
            server.listener.withLock { $0 = channel }
            return server
        } catch {
            socket.removeFile()
            throw VisageError(.unwritable, "Cannot serve frames on \(path)", cause: "\(error)")
        }
    }

    /// True while somebody watches.
    public var isWatched: Bool { state.withLock { !$0.watchers.isEmpty } }

    /// Makes this the newest frame; returns at once.
    public func show(_ frame: Frame) {
        state.withLock { state in
            guard !state.watchers.isEmpty else { return }
            state.frame = frame
            state.serial += 1
        }
        pump()
    }

    /// Turns everybody out and removes the socket.
    public func shutdown() async {
        socket.removeFile()
        if let channel = listener.withLock({ $0.take() }) { try? await channel.close() }
        for watcher in state.withLock({ Array($0.watchers.values) }) { try? await watcher.channel.close() }
    }

    private func welcome(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let hasRoom = state.withLock { state in
            guard state.watchers.count < capacity else { return false }
            state.watchers[key] = Watcher(channel: channel)
            return true
        }
        guard hasRoom else { return channel.close(promise: nil) }
        channel.closeFuture.whenComplete { [weak self] _ in self?.leave(key) }
        pump()
    }

    private func leave(_ key: ObjectIdentifier) {
        state.withLock { state in
            state.watchers[key] = nil
            // Nobody shows frames while nobody watches: the next one to come must not see an old one.
            if state.watchers.isEmpty { (state.frame, state.part) = (nil, nil) }
        }
    }

    /// Gives those who are ready what they have not seen, if there is something.
    private func pump() {
        let start = state.withLock { state in
            guard !state.isPumping, state.hasWork else { return false }
            state.isPumping = true
            return true
        }
        if start { queue.async { self.work() } }
    }

    private func work() {
        while let (frame, serial) = state.withLock({ $0.next() }) {
            let part = state.withLock { $0.part?.serial == serial ? $0.part?.bytes : nil } ?? makePart(frame)
            let targets = state.withLock { state in
                if state.frame != nil, let part { state.part = (serial, part) }
                // Without a picture they count as served, or we would try the same frame for ever.
                return state.serve(serial, isWritten: part != nil)
            }
            guard let part else { continue }
            for (key, channel) in targets {
                channel.writeAndFlush(part).whenComplete { [weak self] _ in self?.becomeReady(key) }
            }
        }
    }

    private func becomeReady(_ key: ObjectIdentifier) {
        state.withLock { $0.watchers[key]?.isReady = true }
        pump()
    }

    private func makePart(_ frame: Frame) -> ByteBuffer? {
        do {
            let jpeg = try encode(frame.image)
            var part = ByteBufferAllocator().buffer(capacity: jpeg.count + 96)
            part.writeString("--visage\r\nContent-Type: image/jpeg\r\nContent-Length: \(jpeg.count)\r\n\r\n")
            part.writeBytes(jpeg)
            part.writeString("\r\n")
            return part
        } catch {
            if warning.pass() != nil { logger.warning("Cannot show frames on \(socket.path): \(error)") }
            return nil
        }
    }
}

extension FrameServer.State {
    fileprivate var hasWork: Bool {
        frame != nil && watchers.values.contains { $0.isReady && $0.seen < serial }
    }

    /// The frame to send now; nil ends the pump.
    fileprivate mutating func next() -> (Frame, Int)? {
        guard hasWork, let frame else {
            isPumping = false
            return nil
        }
        return (frame, serial)
    }

    fileprivate mutating func serve(_ serial: Int, isWritten: Bool) -> [(ObjectIdentifier, any Channel)] {
        var targets: [(ObjectIdentifier, any Channel)] = []
        for (key, watcher) in watchers where watcher.isReady && watcher.seen < serial {
            watchers[key]?.seen = serial
            watchers[key]?.isReady = !isWritten
            targets.append((key, watcher.channel))
        }
        return targets
    }
}
