import Events
import Foundation
import Logging
import VisageCore

/// Serves the events of all machines on a Unix socket, those of each machine in order. For one thread.
final class Viewer {
    private static let maxSubscribers = 256
    /// Somebody who reads events may come back at once, as after a restart.
    private static let wantedFor = Duration.seconds(60)
    private static let statusWait = Duration.seconds(5)
    /// Events of one machine that are fetched ahead for a subscriber.
    private static let ahead: UInt64 = 64

    private let streams: MachineStreams
    private let socket: FleetSocket
    private let board: StatusBoard
    private let version: String
    private var subscribers: [FleetSubscriber] = []
    private var wantedUntil = MonotonicTime(nanoseconds: 0)
    /// Where the next round begins, so that all get their turn.
    private var turn = 0

    /// - Throws: `VisageError` if the socket cannot be made.
    init(
        _ settings: FleetSettings, _ identity: FleetIdentity, _ board: StatusBoard, version: String, logger: Logger
    ) throws {
        streams = MachineStreams(settings, identity, logger: logger)
        socket = try FleetSocket(at: settings.fleet.socket)
        (self.board, self.version) = (board, version)
    }

    /// Does what can be done, and waits for more.
    func work(wake: Int32) {
        if subscribers.contains(where: \.wantsEvents) { wantedUntil = .now + Self.wantedFor }
        // A machine on which nobody looks at the others' events does not ask for them.
        if MonotonicTime.now < wantedUntil { streams.work() } else { streams.end() }
        tellRefusal()
        while let subscriber = socket.accept() { welcome(subscriber) }
        turn += 1
        for subscriber in subscribers {
            listen(to: subscriber)
            tellStatus(subscriber)
        }
        for index in subscribers.indices { feed(subscribers[(index + turn) % subscribers.count]) }
        subscribers.removeAll { subscriber in
            do {
                try subscriber.transmit()
                return subscriber.isDone
            } catch {
                return true
            }
        }
        wait(wake)
    }

    private func wait(_ wake: Int32) {
        var pause = streams.pause
        var places = ([wake, socket.descriptor] + streams.descriptors).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        for subscriber in subscribers {
            if subscriber.statusDeadline != nil { pause = min(pause, .milliseconds(20)) }
            if let deadline = subscriber.requestDeadline { pause = min(pause, max(deadline - .now, .zero)) }
            // Those who have asked are not listened to: one that has closed its half would wake us for ever.
            let events = (subscriber.request == nil ? POLLIN : 0) | (subscriber.isWaitingToWrite ? POLLOUT : 0)
            places.append(pollfd(fd: subscriber.descriptor, events: Int16(events), revents: 0))
        }
        poll(&places, nfds_t(places.count), Int32(clamping: Int(max(1, pause.milliseconds.rounded(.up)))))
        // Who hangs up is noticed at the next line; without one, here.
        for (index, subscriber) in subscribers.enumerated()
        where places[places.count - subscribers.count + index].revents & Int16(POLLHUP | POLLERR) != 0 {
            subscriber.abandon()
        }
    }

    private func welcome(_ subscriber: FleetSubscriber) {
        guard subscribers.count < Self.maxSubscribers else {
            subscriber.say(error("too_many_subscribers", "too many subscribers; close some"))
            try? subscriber.transmit()
            return
        }
        struct Hello: Encodable {
            struct Machine: Encodable {
                let machine: String
                let oldest: UInt64
                let newest: UInt64
            }
            let schema = 1
            let type = "hello"
            let time: String
            let version: String
            let machines: [Machine]
        }
        let machines = streams.ranges.filter(\.value.isKnown).sorted { $0.key < $1.key }
        let hello = Hello(
            time: Event.format(Date()), version: version,
            machines: machines.map { .init(machine: $0.key, oldest: $0.value.first, newest: $0.value.last) })
        subscriber.say(Self.line(hello))
        subscribers.append(subscriber)
    }

    private func listen(to subscriber: FleetSubscriber) {
        do {
            guard try subscriber.receive() else { return }
        } catch let error as VisageError where error.code == .usage {
            subscriber.say(self.error("bad_request", error.message))
            return subscriber.end()
        } catch {
            return subscriber.abandon()
        }
        guard let request = subscriber.request else { return }
        if request.types?.contains(EventType.status.rawValue) == true {
            board.want()
            subscriber.statusDeadline = .now + Self.statusWait
            if request.isForStatus { return }
        }
        for (name, range) in streams.ranges where range.isKnown { begin(subscriber, name, range) }
    }

    /// A broker that is away may come back; a right does not.
    private func tellRefusal() {
        guard let refusal = streams.refusal else { return }
        for subscriber in subscribers where subscriber.wantsEvents {
            subscriber.say(error("not_permitted", refusal))
            subscriber.end()
        }
    }

    /// Once it is known, or does not come.
    private func tellStatus(_ subscriber: FleetSubscriber) {
        guard let deadline = subscriber.statusDeadline, board.isCurrent || MonotonicTime.now >= deadline else { return }
        subscriber.statusDeadline = nil
        subscriber.say(Self.line(board.event(now: Date())))
        if subscriber.request?.isForStatus == true { subscriber.end() }
    }

    /// Where a subscriber begins with a machine.
    private func begin(_ subscriber: FleetSubscriber, _ name: String, _ range: MachineStreams.Range) {
        switch subscriber.request?.since {
        case .everything: subscriber.next[name] = 1
        case .places(let places):
            subscriber.next[name] = (places[name] ?? places["*"]).map { $0 &+ 1 } ?? range.last + 1
        case nil: subscriber.next[name] = range.last + 1
        }
    }

    private func feed(_ subscriber: FleetSubscriber) {
        guard let request = subscriber.request, subscriber.wantsEvents, subscriber.hasRoom else { return }
        let names = streams.ranges.keys.sorted()
        for index in names.indices {
            let name = names[(index + turn) % names.count]
            guard let range = streams.ranges[name], range.isKnown, request.machines?.contains(name) ?? true else {
                continue
            }
            if subscriber.next[name] == nil { begin(subscriber, name, range) }
            guard var next = subscriber.next[name], next <= range.last else { continue }
            if next < range.first {
                let gap = FleetEvent(
                    missing: range.first - next, machine: name, position: range.first - 1, time: Date())
                // From the beginning means from what there is.
                if next > 1 { subscriber.say(gap.line) }
                next = range.first
            }
            while next <= range.last, subscriber.hasRoom,
                let event = streams.cache[.init(machine: name, position: next)]
            {
                if event.passes(request.filter) { subscriber.say(event.line) }
                next += 1
            }
            subscriber.next[name] = next
            guard subscriber.hasRoom, next <= range.last else { continue }
            for position in next...min(range.last, next + Self.ahead) {
                guard streams.want(.init(machine: name, position: position)) else { return }
            }
        }
    }

    private func error(_ code: String, _ reason: String) -> String {
        struct Failure: Encodable {
            let code: String
            let reason: String
            let schema = 1
            let time: String
            let type = "error"
        }
        return Self.line(Failure(code: code, reason: reason, time: Event.format(Date())))
    }

    private static func line(_ content: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(content) else { return "{}" }
        return TerminalText.escaped(json: String(decoding: data, as: UTF8.self))
    }
}
