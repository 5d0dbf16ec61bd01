import Events
import Foundation
import NIOCore
import VisageCore

/// One connection to the event socket: sends `hello`, waits shortly for a request, sends what the request asks for from the
/// log, then passes on what is published. Used on the registry's event loop only.
final class EventSubscriber: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// `hello` is sent; a request may come.
        case waiting
        /// Beyond the user's share: only the status may be asked for. `hello` is sent with it.
        case visiting
        /// Is sent the status, and then goes.
        case leaving
        /// Reading from the log.
        case catchingUp
        case live
        case gone
    }

    private let registry: SubscriberRegistry
    /// Whose connection it is.
    private(set) var user = PeerUser.unknown
    /// How often the epoch had changed when the subscriber was told of it.
    private var epochChanges = 0
    private var context: ChannelHandlerContext?
    private var state = State.gone
    private var input: RequestReader
    private var filter = EventFilter()
    /// Has everything up to this `seq`, as far as the filter lets it through.
    private var cursor: Int64 = 0
    private var queue: SubscriberQueue
    private var requestTimer: Scheduled<Void>?
    private var countsAsFrameReader = false
    private var isFlushing = false

    init(registry: SubscriberRegistry) {
        self.registry = registry
        input = RequestReader()
        queue = SubscriberQueue(maxEvents: registry.limits.events, maxBytes: registry.limits.bytes)
    }

    // MARK: Connection

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        user = PeerUser.of(context.channel)
        guard !registry.isClosing else { return context.close(promise: nil) }
        let isSubscriber = registry.add(self)
        state = isSubscriber ? .waiting : .visiting
        if isSubscriber { cursor = greet() } else { registry.visit(self) }
        let wait = TimeAmount.nanoseconds(registry.limits.requestWait.inNanoseconds)
        requestTimer = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { [weak self] in
            self?.begin()
        }
    }

    /// - Returns: the last `seq` given
    @discardableResult private func greet() -> Int64 {
        epochChanges = registry.hub.log.epochChanges
        guard let (line, newest) = registry.greeting() else { return registry.hub.newest }
        context?.writeAndFlush(wrapOutboundOut(line), promise: nil)
        return newest
    }

    /// Says that there are too many, and closes.
    func refuse() {
        guard state == .visiting else { return }
        registry.stopVisiting(self)
        state = .gone
        if let line = registry.refusal() { context?.writeAndFlush(wrapOutboundOut(line), promise: nil) }
        context?.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if state == .catchingUp { registry.endReplay() }
        state = .gone
        self.context = nil
        requestTimer?.cancel()
        if countsAsFrameReader { registry.hub.addFrameReaders(-1) }
        countsAsFrameReader = false
        registry.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Closes as soon as nothing waits any more.
    func closeWhenIdle() {
        guard state == .live, queue.isEmpty, !isFlushing else { return }
        isFlushing = true
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { [self] _ in
            closeNow()
        }
    }

    func closeNow() { context?.close(promise: nil) }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for outcome in input.take(unwrapInboundIn(data)) { handle(outcome) }
        stopReadingIfExceeded()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            // A request without newline, then the end: `printf '{"since":0}' | socat - UNIX-CONNECT:...`.
            for outcome in input.finish() { handle(outcome) }
            begin()
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func handle(_ outcome: RequestReader.Outcome) {
        guard state != .gone else { return }
        switch outcome {
        case .refused(let reason):
            sendError(.requestTooLong, reason)
        case .line(let line) where state == .visiting:
            let request = try? EventRequest.parse(line, cameras: registry.hub.cameras)
            if request?.types == [EventType.status.rawValue] { tellStatus() } else { refuse() }
        case .line where state != .waiting:
            sendError(
                .lateRequest, "the request came too late: it must be the first line, right after connecting")
        case .line(let line):
            do {
                let request = try EventRequest.parse(line, cameras: registry.hub.cameras)
                filter = request.filter
                // A `since` from the future must not hold back what comes now.
                if let since = request.since {
                    cursor = min(cursor, registry.hub.log.place(of: since, in: request.epoch))
                }
                begin()
            } catch {
                sendError(.badRequest, (error as? VisageError)?.message ?? "\(error)")
            }
        }
    }

    /// Stops reading from a subscriber that has sent too much: its socket buffer fills up and blocks it, which costs nothing
    /// here.
    private func stopReadingIfExceeded() {
        guard input.isExceeded else { return }
        context?.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    // MARK: Replay

    private func begin() {
        if state == .visiting { return refuse() }
        guard state == .waiting else { return }
        requestTimer?.cancel()
        state = .catchingUp
        if filter.types?.contains(.frame) == true {
            countsAsFrameReader = true
            registry.hub.addFrameReaders(1)
        }
        registry.beginReplay()
        catchUp()
    }

    private func catchUp() {
        guard state == .catchingUp else { return }
        if registry.isRecent(cursor) { return goLive() }
        registry.readPage(for: user, after: cursor, matching: filter) { [weak self] page in self?.replay(page) }
    }

    private func replay(_ page: Result<ReplayPage, any Error>) {
        guard state == .catchingUp, let context else { return }
        switch page {
        case .failure(let error):
            sendError(.logUnreadable, "the log cannot be read; only events from now on come: \(error)")
            goLive()
        case .success(let page):
            cursor = max(cursor, page.scanned)
            guard !page.isEmpty else { return catchUp() }
            greetAnew()
            if let gap = page.gap { write(gap) }
            // The next page is read when the subscriber has taken this one.
            context.writeAndFlush(wrapOutboundOut(page.lines)).assumeIsolated().whenSuccess { [weak self] in
                self?.catchUp()
            }
        }
    }

    private func goLive() {
        if state == .catchingUp { registry.endReplay() }
        state = .live
        let missed = registry.ring.after(cursor)
        take(missed)
        drain()
        let types = (filter.types ?? []).intersection([.stats, .status])
        guard !types.isEmpty else { return }
        registry.report(types, position: cursor) { [weak self] events in
            guard let self, state == .live else { return }
            take(events)
            drain()
        }
    }

    /// Answers one who may ask for nothing else.
    private func tellStatus() {
        registry.stopVisiting(self)
        requestTimer?.cancel()
        state = .leaving
        greet()
        registry.report([.status], position: cursor) { [weak self] events in
            guard let self, state == .leaving, let context else { return }
            for event in events { context.write(wrapOutboundOut(event.line), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { [weak self] _ in
                self?.closeNow()
            }
        }
    }

    /// Where the numbers that come belong to another epoch than those before, says so first.
    private func greetAnew() {
        if registry.hub.log.epochChanges != epochChanges { greet() }
    }

    /// Events between the newest and what has been written to the subscriber.
    func lag(behind newest: Int64) -> Int { Int(clamping: max(0, newest - cursor)) + queue.count }

    // MARK: Sending

    func deliver(_ events: [PublishedEvent]) {
        guard state == .live else { return }
        greetAnew()
        take(events)
        drain()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        drain()
        context.fireChannelWritabilityChanged()
    }

    private func take(_ events: [PublishedEvent]) {
        for event in events {
            if let seq = event.seq {
                guard seq > cursor else { continue }
                // Numbers follow one another, so this one could not be served from the log: the log cannot be read, or it
                // never got what an earlier run could not write.
                if seq > cursor + 1 {
                    queue.push(SubscriberQueue.Gap(dropped: Int(clamping: seq - cursor - 1), since: cursor))
                }
                cursor = seq
            }
            guard filter.passes(type: event.type, camera: event.camera) else { continue }
            // Sent first, so that a burst costs a subscriber that reads nothing.
            if !queue.hasRoom(for: event) { drain() }
            if !queue.push(event) { registry.hub.countDropped() }
        }
    }

    private func drain() {
        guard state == .live, let context else { return }
        var wrote = false
        while context.channel.isWritable, let item = queue.pop() {
            wrote = true
            switch item {
            case .event(let event):
                context.write(wrapOutboundOut(event.line), promise: nil)
            case .gap(let gap): write(gap)
            }
        }
        if wrote { context.flush() }
        if registry.isClosing { closeWhenIdle() }
    }

    private func sendError(_ code: Event.ErrorCode, _ reason: String) {
        send(Event(.error(.init(code: code, reason: reason)), time: Date()))
    }

    private func send(_ event: Event) {
        write(event)
        context?.flush()
    }

    private func write(_ gap: SubscriberQueue.Gap) {
        write(Event(.gap(.init(dropped: gap.dropped, since: gap.since)), time: Date()))
    }

    private func write(_ event: Event) {
        guard let context, let line = registry.hub.encode(event, seq: nil, position: cursor)?.published.line
        else { return }
        context.write(wrapOutboundOut(line), promise: nil)
    }
}
