import NIOCore
import Publishing
import Testing
import VisageCore

@Suite struct SubscriberQueueTests {
    func event(_ seq: Int64, size: Int = 10) -> PublishedEvent {
        PublishedEvent(
            seq: seq, position: seq, type: .appeared, camera: "door",
            line: ByteBuffer(repeating: 0x78, count: size))
    }

    func drain(_ queue: inout SubscriberQueue, _ count: Int = .max) -> [String] {
        var result: [String] = []
        while result.count < count, let item = queue.pop() {
            switch item {
            case .event(let event): result.append("\(event.seq ?? 0)")
            case .gap(let gap): result.append("gap \(gap.dropped) since \(gap.since)")
            }
        }
        return result
    }

    func push(_ queue: inout SubscriberQueue, _ events: [PublishedEvent]) -> [Bool] {
        events.map { queue.push($0) }
    }

    @Test func dropsTheNewestAndSaysSoInItsPlace() {
        var queue = SubscriberQueue(maxEvents: 4, maxBytes: 1_000)
        #expect(push(&queue, (1...7).map { event($0) }) == [true, true, true, true, false, false, false])
        #expect(drain(&queue, 1) == ["1"])
        #expect(push(&queue, [event(8)]) == [false])
        #expect(drain(&queue, 1) == ["2"])
        #expect(push(&queue, [event(9)]) == [true])
        #expect(drain(&queue) == ["3", "4", "gap 4 since 4", "9"])
        #expect(queue.isEmpty)
    }

    @Test func aGapComesEvenIfNothingFollows() {
        var queue = SubscriberQueue(maxEvents: 1, maxBytes: 1_000)
        #expect(push(&queue, [event(1), event(2)]) == [true, false])
        #expect(drain(&queue) == ["1", "gap 1 since 1"])
    }

    @Test func whatNeverCameIsToldInItsPlace() {
        var queue = SubscriberQueue(maxEvents: 2, maxBytes: 1_000)
        #expect(push(&queue, [event(1)]) == [true])
        queue.push(SubscriberQueue.Gap(dropped: 8, since: 1))
        #expect(push(&queue, [event(10)]) == [false], "the queue is full: one more gap follows")
        queue.push(SubscriberQueue.Gap(dropped: 5, since: 10))
        #expect(drain(&queue) == ["1", "gap 8 since 1", "gap 6 since 9"])
    }

    @Test func countsBytes() {
        var queue = SubscriberQueue(maxEvents: 100, maxBytes: 1_000)
        #expect(push(&queue, [event(1, size: 5_000), event(2)]) == [true, false])
        #expect(drain(&queue) == ["1", "gap 1 since 1"])
    }
}
