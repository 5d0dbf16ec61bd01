import Foundation
import Publishing
import Testing

/// What each user of the machine gets of the connections and of the log.
@Suite struct ConnectionSharesTests {
    @Test func whoTakesAllThatHeCanLeavesSomeForEveryOther() {
        var shares = ConnectionShares(capacity: 4_096)
        var taken: [Int] = []
        for user: uid_t in 1...12 {
            var count = 0
            while shares.take(for: user) { count += 1 }
            taken.append(count)
        }
        #expect(taken == [2_048, 1_024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1])
        let more = shares.take(for: 1)
        #expect(!more)
        shares.giveBack(from: 12)
        shares.giveBack(from: 12)
        #expect(shares.count == 4_094 && shares.held(by: 12) == 0)
        let next = shares.take(for: 13)
        #expect(next)
    }

    @Test func usersTakeTurnsAndSoDoTheSubscribersOfEach() {
        var schedule = ReplaySchedule<String>()
        for job in ["a1", "a2", "a3"] { schedule.add(job, of: 1) }
        schedule.add("b1", of: 2)
        var order = [schedule.next()]
        schedule.add("c1", of: 3)
        while let job = schedule.next() { order.append(job) }
        #expect(order == ["a1", "b1", "a2", "c1", "a3"])
        schedule.add("d1", of: 4)
        let job = schedule.next()
        #expect(job == "d1")
    }
}
