import Events
import Foundation
import VisageCore

/// Whether the daemon's log is the one that the stream has been written from.
package enum LogMatch: Equatable, Sendable {
    /// Go on after this number; the epoch nil: of the present one.
    case follow(seq: Int64, epoch: String?)
    /// Publishing would mix two histories: a person has to look.
    case conflict(String)

    /// What the daemon said when it was asked for the last event that the stream has.
    package struct Evidence: Sendable {
        package var epoch: String?
        /// The number that was given last.
        package var newest: Int64
        /// The first event at or after it; nil if there is none.
        package var line: String?
        package var seq: Int64?

        package init(epoch: String?, newest: Int64, line: String? = nil, seq: Int64? = nil) {
            (self.epoch, self.newest, self.line, self.seq) = (epoch, newest, line, seq)
        }
    }

    /// - Parameters:
    ///   - place: of the last message of the stream.
    ///   - line: of that message; nil if the stream does not have it any more, or if it is a gap.
    package static func judge(_ place: StreamPlace, line: String?, _ evidence: Evidence) -> LogMatch {
        if let line, evidence.seq == place.seq, let other = evidence.line, isSame(line, other) {
            return .follow(seq: place.seq, epoch: nil)
        }
        // The daemon knows which events of an earlier epoch its log has.
        guard evidence.epoch == place.epoch else { return .follow(seq: place.seq, epoch: place.epoch) }
        if evidence.newest < place.seq {
            return .conflict(
                """
                The stream has event \(place.seq) of this machine, and the log of visaged ends at \(evidence.newest): the log \
                was restored from an older copy, or another machine publishes under this name
                """)
        }
        if line != nil, evidence.seq == place.seq {
            return .conflict(
                """
                Event \(place.seq) is another one in the stream than in the log of visaged: another machine publishes under \
                this name, or this one is a copy of it
                """)
        }
        return .follow(seq: place.seq, epoch: place.epoch)
    }

    /// Whether two lines are the same event. `visage forget --events` may have erased the name or id in one of them.
    private static func isSame(_ line: String, _ other: String) -> Bool {
        guard line != other else { return true }
        let decoder = JSONDecoder()
        guard let event = try? decoder.decode(Event.self, from: Data(line.utf8)),
            let other = try? decoder.decode(Event.self, from: Data(other.utf8)), event.sighting != nil
        else { return false }
        return event.run == other.run && event.time == other.time && event.camera == other.camera
            && event.sighting == other.sighting
    }

    /// Whether a log that the stream knows nothing of may be added to it: its events have to be later. A log that was
    /// restored from an older copy has some that the stream already has.
    package static func mayBegin(_ first: Event, after last: Event?) -> Bool {
        guard let last else { return true }
        return first.time >= last.time
    }

    /// Asks the daemon. Blocks for two seconds at most.
    /// - Throws: `VisageError` if there is no daemon, or if it does not answer.
    package static func evidence(socket: String, at seq: Int64) throws -> Evidence {
        let client = try EventClient(connectingTo: socket)
        try client.send(EventRequest(since: max(0, seq - 1)))
        let deadline = MonotonicTime.now + .seconds(2)
        var evidence: Evidence?
        let decoder = JSONDecoder()
        while MonotonicTime.now < deadline {
            if let evidence, evidence.newest < seq { return evidence }
            guard case .line(let line) = try client.next(timeout: max(deadline - .now, .zero)) else { break }
            guard let event = try? decoder.decode(Event.self, from: Data(line.utf8)) else { continue }
            switch event.content {
            case .hello(let hello): evidence = Evidence(epoch: hello.epoch, newest: hello.newest)
            // What was asked for is not there any more.
            case .gap: if let evidence { return evidence }
            default:
                guard let seq = event.seq else { continue }
                evidence?.line = line
                evidence?.seq = seq
                if let evidence { return evidence }
            }
        }
        // An empty log: nothing comes.
        if let evidence { return evidence }
        throw VisageError(.source, "visaged does not answer on \(socket)")
    }
}
