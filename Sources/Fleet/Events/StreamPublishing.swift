import Events
import Foundation
import VisageCore

/// What is under way to a stream. Pure: it is told what happens and says what to send.
///
/// Each message says which one it has to follow, so that all after a lost one are refused. On any failure nothing more is
/// sent, what is under way is waited for, and the stream is asked where it ends.
package struct StreamPublishing: Sendable {
    package static let maxUnderWay = 64
    /// An answer that does not come in this time does not come.
    package static let answerTimeout = Duration.seconds(2)
    /// The stream takes no longer ones.
    static let maxLine = 60_000

    /// The last message that was handed over.
    package private(set) var sent: StreamPlace
    /// The last that the brokers have.
    package private(set) var stored: StreamPlace
    package private(set) var failure: String?
    private var underWay: [Int: (place: StreamPlace, deadline: MonotonicTime)] = [:]

    /// - Parameter place: where the stream ends.
    package init(at place: StreamPlace) { (sent, stored) = (place, place) }

    package var hasRoom: Bool { failure == nil && underWay.count < Self.maxUnderWay }
    /// Whether nothing is awaited any more.
    package var isIdle: Bool { underWay.isEmpty }

    /// The event as the next message.
    package func entry(line: String, seq: Int64, epoch: String?, now: Date) -> StreamEntry {
        let place = StreamPlace(sequence: sent.sequence + 1, seq: seq, epoch: epoch)
        guard line.utf8.count <= Self.maxLine else { return gap(1, upTo: seq, epoch: epoch, now: now) }
        return StreamEntry(line: line, place: place)
    }

    /// Events that the log does not have any more, as the next message: readers see that something is missing.
    package func gap(_ count: Int, upTo seq: Int64, epoch: String?, now: Date) -> StreamEntry {
        let event = Event(.gap(.init(dropped: count, since: seq)), time: now)
        let line = (try? event.line()) ?? #"{"dropped":\#(count),"since":\#(seq),"type":"gap"}"#
        return StreamEntry(line: line, place: StreamPlace(sequence: sent.sequence + 1, seq: seq, epoch: epoch))
    }

    /// - Parameter id: of the request with which it was sent.
    package mutating func sent(_ entry: StreamEntry, id: Int, now: MonotonicTime) {
        sent = entry.place
        underWay[id] = (entry.place, now + Self.answerTimeout)
    }

    /// - Parameters:
    ///   - sequence: that the broker has given to the message; nil: it has not stored it.
    package mutating func answered(id: Int, sequence: UInt64?, problem: String?) {
        guard let (place, _) = underWay.removeValue(forKey: id) else { return }
        guard sequence == place.sequence else {
            failure = failure ?? problem ?? "not stored"
            return
        }
        // Answers come in any order; all before a stored message are stored.
        if place.sequence > stored.sequence { stored = place }
    }

    /// Takes what is overdue as failed.
    package mutating func expire(now: MonotonicTime) {
        for (id, (_, deadline)) in underWay where now >= deadline {
            underWay[id] = nil
            failure = failure ?? "no answer"
        }
    }

    /// Sends no more.
    package mutating func fail(_ reason: String) { failure = failure ?? reason }
}
