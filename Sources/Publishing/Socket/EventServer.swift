import Foundation
import Logging
import NIOCore
import NIOPosix
import VisageCore

/// Serves events on a Unix stream socket, one JSON object a line, as `events.schema.json` describes them.
///
/// All subscribers live on one event loop, which never waits: not for a reader, not for the disk.
public final class EventServer: Sendable {
    /// What subscribers may take up.
    public struct Limits: Sendable {
        /// Events that wait for one subscriber.
        public var events = 1_024
        /// The same in bytes. The lines are shared, so a thousand slow subscribers do not hold a thousand copies.
        public var bytes = 1 << 20
        /// Subscribers at a time; nil: what the limit of open files leaves, at most `most`.
        public var subscribers: Int?
        /// How long to wait for a request.
        public var requestWait: Duration = .milliseconds(200)
        /// How long `shutdown` waits for subscribers to take what is queued.
        public var drainTimeout: Duration = .seconds(2)

        /// Subscribers at a time where the limit of open files allows it.
        static let most = 4_096
        /// Connections beyond that, which may ask for the status and for nothing else.
        static let visitors = 64
        /// Clients that wait to be accepted, while the server runs. Who comes next waits behind all of them, and a crowd that
        /// comes and goes fills whatever room there is.
        static let backlog: Int32 = 256
        /// So many subscribers are sent what they have missed as fast as they take it.
        static let freeReplays = 4
        /// If there are more, the log is read in so many pages of 32 KiB at a time, for all together.
        static let replayBurst = 4
        /// Then it is left alone for so long.
        static let replayPause = Duration.milliseconds(20)

        public init() {}

        var subscriberCount: Int {
            // Cameras, models, the log and recordings need files too.
            subscribers ?? min(Self.most, max(16, FileLimit.current - 256 - Self.visitors))
        }
    }

    private let hub: EventHub
    private let loop: any EventLoop
    private let registry: NIOLoopBound<SubscriberRegistry>
    private let outlet: Outlet
    private let socket: UnixSocket
    private let listener: any Channel

    private init(hub: EventHub, outlet: Outlet, socket: UnixSocket, listener: any Channel) {
        self.hub = hub
        loop = outlet.loop
        registry = outlet.registry
        self.outlet = outlet
        self.socket = socket
        self.listener = listener
    }

    /// Opens the socket and begins to serve.
    /// - Parameter inherited: a socket that listens at `path` already; its file stays when the server goes.
    /// - Throws: `VisageError`, `.inUse` when another process serves there.
    public static func start(
        at path: String, inherited: Int32? = nil, hub: EventHub, limits: Limits = Limits(),
        logger: Logger
    ) async throws -> EventServer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let registry = try await loop.submit {
            NIOLoopBound(
                SubscriberRegistry(hub: hub, loop: loop, limits: limits, logger: logger), eventLoop: loop)
        }.get()
        let socket = try inherited.map { UnixSocket.inherit($0, path: path) } ?? UnixSocket.listen(at: path)
        // Before the first subscriber can connect, so that it misses nothing.
        let outlet = Outlet(loop: loop, registry: registry)
        hub.attach(outlet)
        do {
            let listener = try await ServerBootstrap(group: loop)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 8_192, high: 16_384))
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(EventSubscriber(registry: registry.value))
                    }
                }
                .withBoundSocket(socket.descriptor).get()
            socket.setBacklog(Limits.backlog)
            return EventServer(hub: hub, outlet: outlet, socket: socket, listener: listener)
        } catch {
            hub.detach(outlet)
            socket.removeFile()
            throw VisageError(.unwritable, "Cannot serve events on \(path)", cause: "\(error)")
        }
    }

    /// How many are connected.
    public var subscribers: Int {
        get async { (try? await loop.submit { [registry] in registry.value.count }.get()) ?? 0 }
    }

    /// Takes no more subscribers, lets the present ones have what has been published, and closes. Flush the hub
    /// first.
    public func shutdown() async {
        hub.detach(outlet)
        socket.removeFile()
        // Where a service manager keeps the socket, subscribers wait for the next daemon.
        socket.setBacklog()
        try? await listener.close()
        try? await loop.flatSubmit { [registry] in registry.value.close() }.get()
    }

    private final class Outlet: EventOutlet {
        let loop: any EventLoop
        let registry: NIOLoopBound<SubscriberRegistry>

        init(loop: any EventLoop, registry: NIOLoopBound<SubscriberRegistry>) {
            self.loop = loop
            self.registry = registry
        }

        func deliver(_ events: [PublishedEvent]) {
            // Waiting for the loop to take them over keeps hub and loop in step: what cannot be handed on gathers
            // in the hub's queue, which is bounded.
            try? loop.submit { [registry] in registry.value.deliver(events) }.wait()
        }
    }
}
