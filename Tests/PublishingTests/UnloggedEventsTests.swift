import Events
import GRDB
import Publishing
import TestSupport
import Testing
import VisageCore

/// What subscribers get of events that the log's disk has refused.
@Suite struct UnloggedEventsTests {
    /// Makes the log's database refuse new events, as a full disk does, and go on answering readers.
    private final class Refusal {
        private let database: DatabaseQueue

        init(of path: String) throws {
            database = try DatabaseQueue(path: path)
            try database.write {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER refusal BEFORE INSERT ON events
                            BEGIN SELECT RAISE(ABORT, 'refused by the test'); END
                        """)
            }
        }

        func end() throws { try database.write { try $0.execute(sql: "DROP TRIGGER refusal") } }
    }

    private func publish(_ count: Int, _ fixture: Fixture) {
        for _ in 0..<count { fixture.hub.publish(.sample(.appeared)) }
        fixture.hub.flush()
    }

    /// The `seq` of each event, and what a gap says, until the event with the `seq` `last`.
    private func numbers(_ fixture: Fixture, since: Int64, to last: Int64) throws -> (seen: [Int64], gaps: [Event]) {
        let reader = try fixture.connect(EventRequest(since: since))
        _ = try reader.next(.hello)
        var (seen, gaps): ([Int64], [Event]) = ([], [])
        while seen.last != last {
            let event = try reader.next()
            if let seq = event.seq { seen.append(seq) } else { gaps.append(event) }
        }
        return (seen, gaps)
    }

    @Test func whatWaitsInMemoryIsServedFromThere() async throws {
        let fixture = try await Fixture.make()
        publish(10, fixture)
        let refusal = try Refusal(of: fixture.log.path)
        // More than the events that are kept for the step from the log to the live stream.
        publish(3_000, fixture)
        #expect(fixture.log.newest == 10 && fixture.log.readable == 3_010)
        for since in [5, 10, 1_000] as [Int64] {
            let (seen, gaps) = try numbers(fixture, since: since, to: 3_010)
            #expect(seen == Array((since + 1)...3_010) && gaps.isEmpty, "since \(since): \(seen.count), \(gaps)")
        }
        let filtered = try fixture.connect(EventRequest(since: 5, types: ["face.lost"]))
        _ = try filtered.next(.hello)
        try refusal.end()
        fixture.hub.publish(.sample(.lost))
        #expect(try filtered.next(.lost).seq == 3_011)
        #expect(await eventually { fixture.log.newest == 3_011 })
        let (seen, gaps) = try numbers(fixture, since: 5, to: 3_011)
        #expect(seen == Array(6...3_011) && gaps.isEmpty)
        await fixture.end()
    }

    @Test func whatWasGivenUpIsAGap() async throws {
        let fixture = try await Fixture.make()
        publish(10, fixture)
        let refusal = try Refusal(of: fixture.log.path)
        for _ in 0..<3 { publish(4_000, fixture) }
        let firstKept = 12_010 - Int64(EventLog.backlogLimit) + 1
        for isLogged in [false, true] {
            if isLogged {
                try refusal.end()
                #expect(await eventually { fixture.log.newest == 12_010 }, "without another event")
                publish(1, fixture)
                #expect(fixture.log.newest == 12_011)
            }
            let last: Int64 = isLogged ? 12_011 : 12_010
            let (seen, gaps) = try numbers(fixture, since: 5, to: last)
            #expect(seen == Array(6...10) + Array(firstKept...last))
            #expect(gaps.map(\.type) == [.gap] && gaps.first?.dropped == Int(firstKept) - 11, "\(gaps)")
            // Whoever asks for the rest with it is not told of the same gap again.
            let since = try #require(gaps.first?.since)
            let (rest, none) = try numbers(fixture, since: since, to: last)
            #expect(rest == Array(firstKept...last) && none.isEmpty)
        }
        await fixture.end()
    }

    @Test func whatCannotBeReadIsAGap() async throws {
        let fixture = try await Fixture.make()
        publish(2_000, fixture)
        try await DatabaseQueue(path: fixture.log.path).write { try $0.execute(sql: "DROP TABLE events") }
        let reader = try fixture.connect(EventRequest(since: 5))
        _ = try reader.next(.hello)
        #expect(try reader.next(.error).code == .logUnreadable)
        let gap = try reader.next(.gap)
        let first = try #require(try reader.next(.appeared).seq)
        #expect(gap.since == 5 && gap.dropped.map { Int64($0) + 6 } == first)
        await fixture.end()
    }

    @Test func whatAnEarlierRunCouldNotLogIsAGap() async throws {
        var fixture = try await Fixture.make()
        publish(10, fixture)
        let refusal = try Refusal(of: fixture.log.path)
        publish(20, fixture)
        await fixture.end()
        try refusal.end()
        fixture = try await Fixture.make(in: fixture.folder)
        let reader = try fixture.connect(EventRequest(since: 8))
        #expect(try reader.next(.hello).newest == 30)
        #expect(try [reader.next(.appeared).seq, reader.next(.appeared).seq] == [9, 10])
        publish(1, fixture)
        #expect(try reader.next(.gap).dropped == 20)
        #expect(try reader.next(.appeared).seq == 31)
        await fixture.end()
    }

    /// What is missing before the first event of the log was refused, or deleted by retention: only the first is a gap.
    @Test func whatWasRefusedBeforeTheFirstLoggedEventIsOneGap() async throws {
        var fixture = try await Fixture.make()
        let refusal = try Refusal(of: fixture.log.path)
        publish(10_000, fixture)
        await fixture.end()
        try refusal.end()
        fixture = try await Fixture.make(in: fixture.folder)
        publish(20, fixture)
        let (seen, gaps) = try numbers(fixture, since: 0, to: 10_020)
        #expect(seen == Array(10_001...10_020))
        #expect(gaps.map(\.dropped) == [10_000] && gaps.first?.since == 10_000, "\(gaps)")
        // All of them are from the future, so that the limit of the size has to do it.
        try fixture.log.shed(bytes: 1 << 30)
        publish(1, fixture)
        let rest = try numbers(fixture, since: 0, to: 10_021)
        #expect(rest.seen == [10_021] && rest.gaps.isEmpty, "\(rest)")
        await fixture.end()
    }
}
