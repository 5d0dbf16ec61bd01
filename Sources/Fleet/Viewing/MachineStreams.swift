import Events
import Foundation
import Logging
import VisageCore

/// The streams of all machines, read message by message: no consumer is needed, so machines need no right to make any. For
/// one thread.
final class MachineStreams {
    /// Where a stream is.
    struct Range {
        /// Of the oldest message that may still be there.
        var first: UInt64 = 1
        var last: UInt64 = 0
        /// Whether the brokers have said so since this program began.
        var isKnown = false
        var nextAsk = MonotonicTime(nanoseconds: 0)
    }

    private enum Purpose {
        case names
        case info(String)
        case event(EventCache.Key)
    }

    private static let maxUnderWay = 128
    private static let answerTimeout = Duration.seconds(2)
    private static let namesInterval = Duration.seconds(30)
    /// In case a hint was lost.
    private static let infoInterval = Duration.seconds(15)
    private static let retryInterval = Duration.milliseconds(50)

    private let line: FleetLine
    private let logger: Logger
    private var requests: FleetRequests?
    private var hints: FleetSubscription?
    private var underWay: [Int: (purpose: Purpose, deadline: MonotonicTime)] = [:]
    private var asked: Set<EventCache.Key> = []
    private var notBefore: [EventCache.Key: MonotonicTime] = [:]
    private var nextNames = MonotonicTime(nanoseconds: 0)
    private var listed: [String] = []
    private(set) var ranges: [String: Range] = [:]
    private(set) var cache = EventCache()
    /// Why this machine may not read the events of others; nil: it may, or has not asked.
    private(set) var refusal: String?

    init(_ settings: FleetSettings, _ identity: FleetIdentity, logger: Logger) {
        self.logger = logger
        line = FleetLine(settings.servers, identity, .events, logger: logger)
    }

    var descriptors: [Int32] { [requests?.descriptor, hints?.descriptor].compactMap { $0 } }
    /// How long to wait at most.
    var pause: Duration {
        if requests == nil { return line.pause }
        return notBefore.isEmpty ? .milliseconds(500) : Self.retryInterval
    }

    /// Does what can be done without waiting for an answer.
    func work() {
        guard let connection = line.current() else {
            return forget()
        }
        do {
            if requests?.connection !== connection {
                forget()
                requests = try FleetRequests(connection)
                hints = try FleetSubscription(connection, to: FleetStream.hintSubject(of: "*"), limit: 4096)
                nextNames = .now
                for name in ranges.keys { ranges[name]?.nextAsk = .now }
            }
            for answer in requests?.take() ?? [] { take(answer) }
            for hint in hints?.take() ?? [] { take(hint) }
            expire(connection)
            try ask()
        } catch {
            line.drop("\(error)")
            forget()
        }
    }

    /// Asks for an event, unless that was done.
    /// - Returns: false if no more can be asked now.
    func want(_ key: EventCache.Key) -> Bool {
        guard cache[key] == nil, !asked.contains(key) else { return true }
        if let time = notBefore[key] {
            guard MonotonicTime.now >= time else { return true }
            notBefore[key] = nil
        }
        guard underWay.count < Self.maxUnderWay else { return false }
        let request = Data(#"{"seq":\#(key.position)}"#.utf8)
        return send("$JS.API.DIRECT.GET.\(FleetStream.eventStream(of: key.machine))", request, .event(key))
    }

    /// Leaves the broker, and forgets where the streams were.
    func end() {
        guard line.connection != nil || !ranges.isEmpty else { return }
        forget()
        (ranges, cache, refusal) = ([:], EventCache(), nil)
        line.drop("nobody reads events")
    }

    private func forget() {
        (requests, hints, underWay, asked, notBefore) = (nil, nil, [:], [], [:])
    }

    private func send(_ subject: String, _ payload: Data, _ purpose: Purpose) -> Bool {
        guard let id = try? requests?.send(subject, payload) else { return false }
        underWay[id] = (purpose, .now + Self.answerTimeout)
        if case .event(let key) = purpose { asked.insert(key) }
        return true
    }

    // MARK: Questions

    private func ask() throws {
        if MonotonicTime.now >= nextNames {
            nextNames = .now + Self.namesInterval
            listed = []
            askNames()
        }
        for (name, range) in ranges where MonotonicTime.now >= range.nextAsk {
            ranges[name]?.nextAsk = .now + Self.infoInterval * Double.random(in: 0.8...1.2)
            _ = send("$JS.API.STREAM.INFO.\(FleetStream.eventStream(of: name))", Data(), .info(name))
        }
    }

    private func askNames() {
        _ = send("$JS.API.STREAM.NAMES", Data(#"{"offset":\#(listed.count)}"#.utf8), .names)
    }

    private func expire(_ connection: FleetConnection) {
        for (id, (purpose, deadline)) in underWay where MonotonicTime.now >= deadline {
            underWay[id] = nil
            switch purpose {
            case .names:
                if let said = connection.takeProblem(), said.contains("Permissions Violation") {
                    refusal = "this machine may not read the events of others: enroll it with --viewer"
                }
                nextNames = min(nextNames, .now + .seconds(2))
            case .info(let name): ranges[name]?.nextAsk = .now
            case .event(let key): asked.remove(key)
            }
        }
    }

    // MARK: Answers

    private struct Names: Decodable {
        let total: Int
        let streams: [String]?
    }

    private func take(_ answer: FleetRequests.Answer) {
        guard let purpose = underWay.removeValue(forKey: answer.id)?.purpose else { return }
        let payload = answer.message.payload
        switch purpose {
        case .names:
            guard let names = try? JSONDecoder().decode(Names.self, from: payload) else { return }
            listed += names.streams ?? []
            line.succeeded()
            if listed.count < min(names.total, 10_000), names.streams?.isEmpty == false { return askNames() }
            learn(Set(listed.compactMap(FleetStream.machine)))
        case .info(let name):
            guard let info = try? JSONDecoder().decode(JetStream.StreamInfo.self, from: payload) else { return }
            ranges[name]?.first = info.state.first
            let known = ranges[name]?.last ?? 0
            ranges[name]?.last = max(known, info.state.last)
            ranges[name]?.isKnown = true
        case .event(let key):
            asked.remove(key)
            if answer.message.headers["Nats-Sequence"] == "\(key.position)" {
                let event =
                    FleetEvent(payload, machine: key.machine, position: key.position)
                    ?? FleetEvent(missing: 1, machine: key.machine, position: key.position, time: Date())
                cache.add(event, key)
            } else {
                // Too old, or the replica that has answered is behind: the stream's state says which.
                notBefore[key] = .now + Self.retryInterval
                ranges[key.machine]?.nextAsk = .now
            }
        }
    }

    private func learn(_ names: Set<String>) {
        refusal = nil
        for name in names where ranges[name] == nil { ranges[name] = Range() }
        for name in ranges.keys where !names.contains(name) {
            ranges[name] = nil
            cache.remove(machine: name)
        }
    }

    private func take(_ hint: FleetMessage) {
        guard let name = hint.subject.split(separator: ".").last.map(String.init), ranges[name] != nil,
            hint.payload.count <= 20, let last = UInt64(String(decoding: hint.payload, as: UTF8.self)),
            // Nobody publishes so much between two looks; a wrong one would only make us ask in vain.
            let known = ranges[name]?.last, last > known, last - known < 1_000_000
        else { return }
        ranges[name]?.last = last
    }
}
