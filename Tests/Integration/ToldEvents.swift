import Events
import Foundation
import TestSupport
import Testing

/// What daemons have told subscribers, over kills and faults, to be held against what can be read in the end.
struct ToldEvents {
    private(set) var all: [(epoch: String, event: Event)] = []

    /// The last number that was told.
    var last: Int64 { all.last?.event.seq ?? 0 }

    /// Where a subscriber goes on.
    var request: EventRequest { EventRequest(since: last, epoch: all.last?.epoch) }

    /// Takes what a subscriber has heard of one run.
    mutating func note(_ collector: EventCollector) {
        #expect(collector.problems.isEmpty)
        var epoch = ""
        for event in collector.events {
            if let named = event.epoch { epoch = named }
            if event.seq != nil { all.append((epoch, event)) }
        }
    }

    /// Every number was given once, and what was told can be read or is told as missing.
    /// - Parameter collector: of somebody who has asked for everything, and has it
    /// - Returns: how many events were told that cannot be read any more.
    func check(against collector: EventCollector) throws -> Int {
        let kept = collector.logged
        let numbers = kept.compactMap(\.seq)
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        var seen: [String: Event] = [:]
        let bySeq = Dictionary(zip(numbers, kept)) { first, _ in first }
        var missing: Set<Int64> = []
        for (epoch, event) in all {
            let seq = try #require(event.seq)
            let earlier = seen.updateValue(event, forKey: "\(epoch) \(seq)")
            #expect(earlier == nil || earlier == event, "\(seq) was given twice")
            if bySeq[seq] == nil { missing.insert(seq) }
        }
        let gaps = collector.events.compactMap(\.dropped).reduce(0, +)
        #expect(gaps >= missing.count, "\(missing.count) events are missing, and \(gaps) are told as missing")
        let tracks = kept.filter { $0.type == .appeared }.compactMap { event in
            event.track.map { "\(event.run) \(event.camera ?? "") \($0)" }
        }
        #expect(Set(tracks).count == tracks.count, "a track's number was given twice")
        return missing.count
    }
}
