import NIOCore
import Synchronization

/// How many connections there are. One too many is closed as soon as it sends something.
final class ConnectionLimits: Sendable {
    private struct Counts {
        var all = 0
        var byAddress: [String: Int] = [:]
    }

    private let counts = Mutex(Counts())
    private let limit: Int
    private let limitPerAddress: Int
    private let exempt: Set<String>
    private let stall: TimeAmount

    /// - Parameter settings: proxies have the connections of many, so that only the limit of all counts for them.
    init(_ settings: WebSettings) {
        limit = settings.connections
        limitPerAddress = settings.connectionsPerAddress
        exempt = Set(settings.trustedProxies)
        stall = .init(settings.requestTimeout)
    }

    /// The number of connections now.
    var count: Int { counts.withLock { $0.all } }

    func makeHandler() -> Handler { Handler(self) }

    private func open(_ address: String) -> Bool {
        counts.withLock { counts in
            let own = counts.byAddress[address, default: 0]
            guard counts.all < limit, own < limitPerAddress || exempt.contains(address) else { return false }
            counts.all += 1
            counts.byAddress[address] = own + 1
            return true
        }
    }

    private func close(_ address: String) {
        counts.withLock { counts in
            counts.all -= 1
            counts.byAddress[address, default: 1] -= 1
            if counts.byAddress[address] == 0 { counts.byAddress[address] = nil }
        }
    }

    /// Counts one connection, and ends it if the other side takes nothing of an answer for so long.
    final class Handler: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = Any
        typealias InboundOut = Any
        typealias OutboundIn = Any
        typealias OutboundOut = Any

        private let limits: ConnectionLimits
        private var address: String?
        private var pending = 0
        private var written = 0
        private var check: Scheduled<Void>?

        init(_ limits: ConnectionLimits) { self.limits = limits }

        func handlerAdded(context: ChannelHandlerContext) {
            let address = context.channel.remoteAddress?.ipAddress ?? "local"
            if limits.open(address) { self.address = address } else { context.close(promise: nil) }
        }

        func handlerRemoved(context: ChannelHandlerContext) { end() }

        func channelInactive(context: ChannelHandlerContext) {
            end()
            context.fireChannelInactive()
        }

        private func end() {
            check?.cancel()
            check = nil
            if let address { limits.close(address) }
            address = nil
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            let promise = promise ?? context.eventLoop.makePromise()
            pending += 1
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            promise.futureResult.whenComplete { _ in
                bound.value.pending -= 1
                bound.value.written += 1
            }
            if check == nil { watch(context) }
            context.write(data, promise: promise)
        }

        private func watch(_ context: ChannelHandlerContext) {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let seen = written
            check = context.eventLoop.scheduleTask(in: limits.stall) {
                let (handler, context) = bound.value
                handler.check = nil
                guard handler.pending > 0 else { return }
                if handler.written == seen { context.close(promise: nil) } else { handler.watch(context) }
            }
        }
    }
}
