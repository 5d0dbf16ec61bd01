import Foundation
import VisageCore

/// The event socket, followed over restarts of the daemon. For one thread; never waits.
package final class EventFeed {
    /// What comes from it.
    package enum Item {
        case hello(Event.Hello, run: String)
        /// As it came, and what it says; nil for what only a newer version knows.
        case event(line: String, Event?, seq: Int64?, epoch: String?)
        /// Events that the log does not have any more; the line is nil if the daemon did not say so itself.
        case lost(count: Int, upTo: Int64, epoch: String?, line: String?)
        /// The daemon has closed the connection, or does not answer.
        case ended(String)
    }

    /// Between attempts to connect.
    private static let retryInterval = Duration.milliseconds(500)

    private let socket: String
    private var client: EventClient?
    private var nextAttempt = MonotonicTime(nanoseconds: 0)
    /// What has been read; what is asked for after a new connection.
    private var last: (seq: Int64, epoch: String?)?
    private var epoch: String?
    /// The `since` of the gap that was last answered by a new request. If the same gap comes again, its events are lost.
    private var askedFor: Int64?
    /// Whether the hole before the next event has been told already.
    private var isGapTold = false
    private var items: [Item] = []
    private let decoder = JSONDecoder()

    /// - Parameters:
    ///   - seq: after which events come; nil: those from now on.
    ///   - epoch: of that number; nil: the present one.
    package init(socket: String, after seq: Int64?, epoch: String?) {
        self.socket = socket
        last = seq.map { ($0, epoch) }
    }

    /// To wait at; nil while there is no connection.
    package var descriptor: Int32? { client?.descriptor }

    /// The next item that is there; nil if none is.
    package func next() -> Item? {
        if !items.isEmpty { return items.removeFirst() }
        while let client = client ?? connect() {
            do {
                switch try client.next(timeout: .zero) {
                case .line(let line): take(line)
                case .timedOut: return nil
                case .ended: end("visaged has closed the connection")
                }
            } catch {
                end("\(error)")
            }
            if !items.isEmpty { return items.removeFirst() }
        }
        return nil
    }

    private func connect() -> EventClient? {
        guard MonotonicTime.now >= nextAttempt else { return nil }
        nextAttempt = .now + Self.retryInterval
        guard let connected = try? EventClient(connectingTo: socket) else { return nil }
        // If the daemon stops in this moment, reading notices.
        try? connected.send(EventRequest(since: last?.seq, epoch: last?.epoch))
        client = connected
        return connected
    }

    private func end(_ reason: String) {
        client = nil
        items.append(.ended(reason))
    }

    private func askAgain() {
        client = nil
        nextAttempt = .now
    }

    private struct Number: Decodable {
        var seq: Int64?
    }

    private func take(_ line: String) {
        let data = Data(line.utf8)
        guard let event = try? decoder.decode(Event.self, from: data) else {
            return take(line, nil, (try? decoder.decode(Number.self, from: data))?.seq)
        }
        switch event.content {
        case .hello(let hello): greet(hello, event.run)
        case .gap(let gap): take(gap, line)
        case .error(let failure): take(failure)
        default: take(line, event, event.seq)
        }
    }

    private func greet(_ hello: Event.Hello, _ run: String) {
        epoch = hello.epoch
        // It counts too, so that a restart before the first event loses nothing.
        if last == nil { last = (hello.newest, hello.epoch) }
        items.append(.hello(hello, run: run))
    }

    private func take(_ line: String, _ event: Event?, _ seq: Int64?) {
        guard let seq else { return }
        // What retention has deleted is passed over without a word.
        if let last, last.epoch == epoch, seq > last.seq + 1, !isGapTold {
            items.append(.lost(count: Int(clamping: seq - last.seq - 1), upTo: seq - 1, epoch: epoch, line: nil))
        }
        last = (seq, epoch)
        (askedFor, isGapTold) = (nil, false)
        items.append(.event(line: line, event, seq: seq, epoch: epoch))
    }

    /// The log does not have them, or this subscriber was too slow; then asking again brings them.
    private func take(_ gap: Event.Gap, _ line: String) {
        let seq = last?.seq ?? gap.since
        if gap.since <= seq, askedFor != gap.since {
            askedFor = gap.since
            return askAgain()
        }
        // Where the daemon only says how many are missing, the next event says up to where.
        isGapTold = gap.since <= seq
        last = (max(seq, gap.since), epoch)
        items.append(.lost(count: gap.dropped, upTo: max(seq, gap.since), epoch: epoch, line: line))
    }

    private func take(_ failure: Event.Failure) {
        switch failure.code {
        // What comes now comes all the same.
        case .logUnreadable: break
        // Happens on a machine under load; what came in the meantime is asked for again.
        case .lateRequest: askAgain()
        default: end(failure.reason)
        }
    }
}
