import Broker
import Testing
import VisageCore

@Suite struct OutboxTests {
    private var start: MonotonicTime { MonotonicTime(nanoseconds: 0) }

    private func place(_ seq: Int64) -> Place {
        var place = Place()
        place.seq = seq
        return place
    }

    @Test func thePlaceMovesWithTheOldestThatIsNotConfirmed() {
        var delivery = Delivery()
        delivery.sent([1, 2], reaching: place(10))
        delivery.sent([3], reaching: nil)
        delivery.sent([4], reaching: place(11))
        #expect(delivery.inFlight == 4)
        #expect(delivery.confirmed([2, 4, 3]) == nil, "1 is missing")
        #expect(delivery.confirmed([99]) == nil && delivery.inFlight == 1, "a number that nobody gave")
        #expect(delivery.confirmed([1])?.seq == 11 && delivery.inFlight == 0)
        #expect(delivery.confirmed([1]) == nil)
    }

    @Test func anEventWithoutMessagesMovesThePlaceToo() {
        var delivery = Delivery()
        delivery.sent([], reaching: place(3))
        #expect(delivery.confirmed([])?.seq == 3)
    }

    /// Home Assistant complains of an empty state under a topic that it still reads.
    @Test func discoveryMessagesAreRemovedFirst() {
        var outbox = Outbox(pause: .seconds(1))
        var sent: [String] = []
        func send(_ seconds: Int) {
            outbox.send(at: start + .seconds(seconds)) { message in
                sent.append(message.topic)
                return Int32(sent.count)
            }
        }
        outbox.remove(["a/present", "z/one/config", "b/status", "z/two/config"])
        send(0)
        #expect(sent == ["z/one/config", "z/two/config"])
        _ = outbox.confirmed([1, 2])
        send(1)
        #expect(sent.count == 2 && outbox.deadline != nil)
        send(2)
        #expect(sent.dropFirst(2) == ["a/present", "b/status"])
    }

    @Test func noMoreIsUnderwayThanTheBrokerConfirms() {
        var outbox = Outbox(pause: .zero)
        var sent: [Int32] = []
        for number in 0..<250 { outbox.add([Message("a", "\(number)")], reaching: place(Int64(number))) }
        func send() {
            outbox.send(at: start) { _ in
                sent.append(Int32(sent.count))
                return Int32(sent.count - 1)
            }
        }
        send()
        #expect(sent.count == 100 && !outbox.hasRoom)
        send()
        #expect(sent.count == 100)
        #expect(outbox.confirmed([0, 1, 2])?.seq == 2)
        send()
        #expect(sent.count == 103)
        _ = outbox.confirmed(sent)
        send()
        _ = outbox.confirmed(sent)
        send()
        #expect(sent.count == 250 && outbox.confirmed(sent)?.seq == 249 && outbox.isDone)
    }

    @Test func whatFollowsADiscoveryMessageWaits() {
        var outbox = Outbox(pause: .seconds(1))
        var sent: [String] = []
        func send(_ milliseconds: Int) {
            outbox.send(at: start + .milliseconds(milliseconds)) { message in
                sent.append(message.topic)
                return Int32(sent.count)
            }
        }
        outbox.add([Message("discovery", "")])
        outbox.add([], waits: true)
        outbox.add([Message("event", "")])
        send(0)
        send(5_000)
        #expect(sent == ["discovery"], "it is not even confirmed")
        _ = outbox.confirmed([1])
        send(6_000)
        send(6_900)
        #expect(sent == ["discovery"] && outbox.deadline == start + .seconds(7))
        send(7_000)
        #expect(sent == ["discovery", "event"] && outbox.deadline == nil)
    }
}
