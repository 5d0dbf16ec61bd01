import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import VisageCore

/// Shows one camera's annotated frames on a Unix stream socket as multipart MJPEG, with no HTTP around it:
/// `ffplay -f mpjpeg unix:PATH`. A viewer gets the newest frame whenever the system has taken the last one
/// from this process; frames that come in between are skipped. A frame is encoded as JPEG once for all viewers, and only if
/// one of them is ready for it.
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
    /// Size in bytes of a connection's send buffer: less than a frame, so that a viewer who reads slowly gets no old frames.
    private static let sendBuffer = SocketOptionValue(16 << 10)

    fileprivate struct State {
        var frame: Frame?
        /// Number of frames shown so far; comparing it tells which frame a viewer has received.
        var serial = 0
        var part: (serial: Int, bytes: ByteBuffer)?
        var viewers: [ObjectIdentifier: Viewer] = [:]
        var isPumping = false
    }

    fileprivate struct Viewer {
        let channel: any Channel
        var seen = 0
        var isReady = true
    }

    private init(
        socket: UnixSocket, viewers: Int, logger: Logger,
        encode: @escaping @Sendable (PixelBuffer) throws -> [UInt8]
    ) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        self.socket = socket
        capacity = viewers
        self.logger = logger
        self.encode = encode
    }

    /// Opens the socket and begins to serve.
    /// - Parameters:
    ///   - viewers: How many there may be at a time; further ones are disconnected.
    ///   - encode: Makes a JPEG; called on a queue of the server's own.
    /// - Throws: `VisageError`, `.inUse` when another process serves there.
    public static func start(
        at path: String, viewers: Int = 32, logger: Logger,
        encode: @escaping @Sendable (PixelBuffer) throws -> [UInt8]
    ) async throws -> FrameServer {
        let socket = try UnixSocket.listen(at: path)
        let server = FrameServer(socket: socket, viewers: viewers, logger: logger, encode: encode)
        do {
            let channel = try await ServerBootstrap(group: server.loop)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                // What a viewer sends does not matter, and costs nothing while it is not read.
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.socketOption(.so_sndbuf), value: Self.sendBuffer)
                .childChannelInitializer { [weak server] channel in
                    server?.add(channel)
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

    /// True while there are viewers.
    public var hasViewers: Bool { state.withLock { !$0.viewers.isEmpty } }

    /// Makes this the newest frame; returns at once.
    public func show(_ frame: Frame) {
        state.withLock { state in
            guard !state.viewers.isEmpty else { return }
            state.frame = frame
            state.serial += 1
        }
        pump()
    }

    /// Disconnects all viewers and removes the socket.
    public func shutdown() async {
        socket.removeFile()
        if let channel = listener.withLock({ $0.take() }) { try? await channel.close() }
        for viewer in state.withLock({ Array($0.viewers.values) }) { try? await viewer.channel.close() }
    }

    private func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let hasRoom = state.withLock { state in
            guard state.viewers.count < capacity else { return false }
            state.viewers[key] = Viewer(channel: channel)
            return true
        }
        guard hasRoom else { return channel.close(promise: nil) }
        channel.closeFuture.whenComplete { [weak self] _ in self?.remove(key) }
        pump()
    }

    private func remove(_ key: ObjectIdentifier) {
        state.withLock { state in
            state.viewers[key] = nil
            // Without viewers no frames are shown, and the next viewer must not get an old one.
            if state.viewers.isEmpty { (state.frame, state.part) = (nil, nil) }
        }
    }

    /// Starts sending if a viewer is ready for a frame that it has not had.
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
                // A frame that cannot be encoded counts as sent: otherwise it would be tried for ever.
                return state.serve(serial, isWritten: part != nil)
            }
            guard let part else { continue }
            for (key, channel) in targets {
                channel.writeAndFlush(part).whenComplete { [weak self] _ in self?.becomeReady(key) }
            }
        }
    }

    private func becomeReady(_ key: ObjectIdentifier) {
        state.withLock { $0.viewers[key]?.isReady = true }
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
        frame != nil && viewers.values.contains { $0.isReady && $0.seen < serial }
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
        for (key, viewer) in viewers where viewer.isReady && viewer.seen < serial {
            viewers[key]?.seen = serial
            viewers[key]?.isReady = !isWritten
            targets.append((key, viewer.channel))
        }
        return targets
    }
}
