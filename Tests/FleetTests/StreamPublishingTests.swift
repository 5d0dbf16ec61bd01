import Events
import Fleet
import Foundation
import TestSupport
import Testing
import VisageCore

/// Publishing against a stream in memory that loses messages, answers and its leader at random.
@Suite struct StreamPublishingTests {
    /// A stream as JetStream has it.
    private struct Stream {
        var entries: [StreamEntry] = []

        /// - Returns: the sequence; nil if the message does not follow the last one.
        mutating func store(_ entry: StreamEntry) -> UInt64? {
            guard entry.place.sequence == UInt64(entries.count) + 1 else { return nil }
            entries.append(entry)
            return entry.place.sequence
        }
    }

    @Test(arguments: 0..<200) func everyEventIsStoredOnceInOrderWhateverIsLost(_ seed: UInt64) {
        var random = SeededRandom(seed)
        var stream = Stream()
        let count: Int64 = 300
        var attempts = 0
        while (stream.entries.last?.place.seq ?? 0) < count {
            attempts += 1
            var publishing = StreamPublishing(at: stream.entries.last?.place ?? StreamPlace())
            var next = publishing.sent.seq + 1
            var answers: [(id: Int, sequence: UInt64?)] = []
            var id = 0
            while !(publishing.failure != nil && publishing.isIdle), publishing.stored.seq < count {
                if publishing.hasRoom, next <= count {
                    let entry = publishing.entry(line: "\(next)", seq: next, epoch: "e", now: Date())
                    id += 1
                    publishing.sent(entry, id: id, now: .now)
                    next += 1
                    // Lost on the way, refused by a dying leader, stored, or stored without an answer.
                    switch Int.random(in: 0..<100, using: &random) {
                    case 0: break
                    case 1: answers.append((id, nil))
                    case 2: _ = stream.store(entry)
                    default: answers.append((id, stream.store(entry)))
                    }
                } else {
                    publishing.expire(now: .now + .seconds(3))
                }
                answers.shuffle(using: &random)
                while !answers.isEmpty, Bool.random(using: &random) {
                    let answer = answers.removeLast()
                    publishing.answered(id: answer.id, sequence: answer.sequence, problem: "wrong last sequence")
                }
                if publishing.failure != nil, answers.isEmpty { publishing.expire(now: .now + .seconds(3)) }
            }
        }
        #expect(stream.entries.map(\.place.seq) == Array(1...count))
        #expect(stream.entries.map(\.line) == (1...count).map(String.init))
    }

    @Test func noMoreThanSixtyFourAreUnderWay() {
        var publishing = StreamPublishing(at: StreamPlace(sequence: 10, seq: 500, epoch: "e"))
        var id = 0
        while publishing.hasRoom {
            id += 1
            publishing.sent(
                publishing.entry(line: "", seq: 500 + Int64(id), epoch: "e", now: Date()), id: id, now: .now)
        }
        #expect(id == StreamPublishing.maxUnderWay)
        publishing.answered(id: 1, sequence: 11, problem: nil)
        #expect(publishing.hasRoom && publishing.stored == StreamPlace(sequence: 11, seq: 501, epoch: "e"))
        publishing.answered(id: 99, sequence: 1, problem: nil)
        #expect(publishing.failure == nil)
        // The answer to another message than this one.
        publishing.answered(id: 2, sequence: 40, problem: nil)
        #expect(publishing.failure != nil && !publishing.hasRoom)
    }

    @Test func whatIsTooLongLeavesAGap() throws {
        let publishing = StreamPublishing(at: StreamPlace())
        let line = "{" + String(repeating: "x", count: 70_000)
        let entry = publishing.entry(line: line, seq: 7, epoch: nil, now: Date())
        #expect(entry.line.contains(#""type":"gap""#) && entry.place.seq == 7)
    }

    private let place = StreamPlace(sequence: 90, seq: 100, epoch: "e")

    @Test func theLogIsTheOneOfTheStream() {
        let same = LogMatch.Evidence(epoch: "e", newest: 120, line: "L", seq: 100)
        #expect(LogMatch.judge(place, line: "L", same) == .follow(seq: 100, epoch: nil))
        // After a power cut: another epoch, and the event is there all the same.
        var other = same
        other.epoch = "f"
        #expect(LogMatch.judge(place, line: "L", other) == .follow(seq: 100, epoch: nil))
        // A log of its own: the daemon says what is shared.
        other.line = "M"
        #expect(LogMatch.judge(place, line: "L", other) == .follow(seq: 100, epoch: "e"))
        // Too old to be in the log.
        let later = LogMatch.Evidence(epoch: "e", newest: 200, line: "N", seq: 150)
        #expect(LogMatch.judge(place, line: "L", later) == .follow(seq: 100, epoch: "e"))
    }

    @Test func anEventWhoseNameWasErasedIsTheSame() throws {
        var event = Event.sample(.identified, name: "Ada")
        (event.seq, event.run) = (100, "r")
        func line(_ change: (inout Event) -> Void = { _ in }) throws -> String {
            var changed = event
            change(&changed)
            return try changed.line()
        }
        let published = try line()
        func judge(_ line: String) -> LogMatch {
            LogMatch.judge(place, line: published, LogMatch.Evidence(epoch: "e", newest: 120, line: line, seq: 100))
        }
        let erased = try line {
            if case .identified(let sighting, var finding) = $0.content {
                (finding.name, finding.unknownID, finding.similarity) = (nil, "forgotten", nil)
                $0.content = .unknown(sighting, finding)
            }
        }
        #expect(erased != published && judge(erased) == .follow(seq: 100, epoch: nil))
        for other in [try line { $0.run = "s" }, try line { $0.time = "2020-01-01T00:00:00.000Z" }, "{}"] {
            guard case .conflict = judge(other) else {
                Issue.record("accepted \(other)")
                continue
            }
        }
    }

    @Test func anotherHistoryIsNotMixedIn() {
        let behind = LogMatch.Evidence(epoch: "e", newest: 99)
        guard case .conflict(let older) = LogMatch.judge(place, line: "L", behind) else {
            Issue.record("accepted")
            return
        }
        #expect(older.contains("event 100") && older.contains("ends at 99"))
        let different = LogMatch.Evidence(epoch: "e", newest: 120, line: "M", seq: 100)
        guard case .conflict(let copy) = LogMatch.judge(place, line: "L", different) else {
            Issue.record("accepted")
            return
        }
        #expect(copy.contains("another machine"))
        let (old, new) = (Event(.sourceUp, time: Date(timeIntervalSince1970: 10)), Event(.sourceUp, time: Date()))
        #expect(LogMatch.mayBegin(new, after: old) && !LogMatch.mayBegin(old, after: new))
        #expect(LogMatch.mayBegin(old, after: nil))
    }
}
