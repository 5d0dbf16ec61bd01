import Events
import Foundation
import GRDB
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct EventLogTests {
    let folder: ScratchFolder
    var path: String { folder.path("events.db") }

    init() throws { folder = try ScratchFolder() }

    func open(_ retention: EventLog.Retention = .init()) throws -> EventLog {
        try EventLog(at: path, retention: retention, logger: Fixture.logger)
    }

    func entries(_ range: ClosedRange<Int64>, time: Date = Date(), size: Int = 40) -> [EventLog.Entry] {
        range.map { seq in
            EventLog.Entry(
                seq: seq, time: time, type: seq % 2 == 0 ? .appeared : .lost,
                camera: seq % 3 == 0 ? "yard" : "door",
                line: "\(seq) " + String(repeating: "x", count: size))
        }
    }

    func readAll(_ log: EventLog, after since: Int64 = 0, _ filter: EventFilter = .init()) throws -> [Int64] {
        var result: [Int64] = []
        var cursor = since
        while cursor < log.newest {
            let page = try log.read(after: cursor, matching: filter)
            result += page.lines.compactMap { Int64($0.prefix { $0 != " " }) }
            cursor = page.scanned
        }
        return result
    }

    @Test func keepsEventsAndNumbersAcrossReopening() throws {
        var log = try open()
        #expect(log.oldest == 1)
        #expect(log.last == 0)
        try log.append(entries(1...500))
        try log.close()
        log = try open()
        #expect((log.oldest, log.newest, log.last) == (1, 500, 500))
        #expect(try readAll(log, after: 100) == Array(101...500))
        try log.close()
    }

    @Test func readsInPagesThroughFilters() throws {
        let log = try open()
        try log.append(entries(1...10_000))
        let expected = (1...10_000).filter { $0 % 2 == 0 && $0 % 3 == 0 }.map(Int64.init)
        #expect(try readAll(log, .init(types: [.appeared], cameras: ["yard"])) == expected)
        #expect(try readAll(log, .init(types: [.sourceUp])) == [])
        #expect(try log.read(after: 0, bytes: 1_000).lines.count < 40)
        #expect(try log.read(after: 20_000).lines == [])
        try log.close()
    }

    @Test func filesAreForTheOwnerAlone() throws {
        // As version 0.1 left them.
        for suffix in ["", ".seq"] {
            _ = FileManager.default.createFile(
                atPath: path + suffix, contents: nil, attributes: [.posixPermissions: 0o640])
        }
        let log = try open()
        try log.append(entries(1...1))
        for suffix in ["", "-wal", "-shm", ".seq", ".lock"] {
            let mode =
                try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(suffix)")
        }
        try log.close()
    }

    @Test func deletesByAgeAndNeverGivesANumberTwice() throws {
        var log = try open(.init(age: .seconds(3_600)))
        try log.append(entries(1...3_000, time: Date(timeIntervalSinceNow: -7_200)))
        try log.append(entries(3_001...3_010))
        try log.trim()
        #expect((log.oldest, log.newest) == (3_001, 3_010))
        try log.trim(now: Date(timeIntervalSinceNow: 7_200))
        #expect((log.oldest, log.newest) == (3_011, 3_010))
        try log.close()
        log = try open()
        #expect((log.oldest, log.newest, log.last) == (3_011, 3_010, 3_010))
        try log.append(entries(3_011...3_011))
        #expect(try readAll(log) == [3_011])
        try log.close()
    }

    @Test func withoutATrustedClockOnlySizeCounts() throws {
        var retention = EventLog.Retention(age: .seconds(3_600))
        retention.clock = { nil }
        let log = try open(retention)
        try log.append(entries(1...10, time: Date(timeIntervalSinceNow: -1e7)))
        var quota: AgeQuota? = AgeQuota(limit: .seconds(3_600))
        try log.trim(quota: &quota)
        #expect(log.oldest == 1)
        // Trusted by mistake: not all at once.
        try log.trim(now: Date(timeIntervalSinceNow: 1e7), quota: &quota)
        #expect(log.oldest == 1)
        try log.close()
    }

    @Test func eventsOfAClockThatWasAheadKeepNoOthers() throws {
        let log = try open(.init(age: .seconds(3_600)))
        try log.append(entries(1...10, time: Date(timeIntervalSinceNow: 1e7)))
        try log.append(entries(11...20, time: Date(timeIntervalSinceNow: -7_200)))
        try log.append(entries(21...30))
        try log.trim()
        #expect((log.oldest, log.newest) == (21, 30))
        try log.close()
    }

    @Test func givesBackWhatTheDiskNeeds() throws {
        let log = try open()
        try log.append(entries(1...4_000, size: 1_000))
        try log.shed(bytes: 1 << 20)
        #expect(log.oldest > 800 && log.oldest < 2_500 && log.newest == 4_000)
        try log.close()
    }

    @Test func deletesBySizeAndGivesTheSpaceBack() throws {
        let log = try open(.init(bytes: 1 << 20))
        try log.append(entries(1...4_000, size: 1_000))
        try log.trim()
        #expect(log.oldest > 2_000)
        #expect(log.newest == 4_000)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? .max
        #expect(size < 1 << 20)
        #expect(try readAll(log) == Array(log.oldest...4_000))
        try log.close()
    }

    @Test func aDiskThatRefusesCostsNoEventAndNoNumber() throws {
        var log = try open()
        try log.append(entries(1...10))
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let blocker = try DatabaseQueue(path: path, configuration: configuration)
        try blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        #expect(throws: VisageError.self) { try log.append(entries(11...20)) }
        #expect((log.newest, log.last) == (10, 20))
        try blocker.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try log.append(entries(21...25))
        #expect(try readAll(log) == Array(1...25))
        try blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        #expect(throws: VisageError.self) { try log.append(entries(26...30)) }
        #expect(throws: VisageError.self) { try log.close() }
        try blocker.close()
        log = try open()
        #expect((log.newest, log.last) == (25, 30))
        try log.close()
    }

    @Test(arguments: [0, 4_096])
    func aDamagedFileIsNamedAndCanBeMovedAside(offset: Int) throws {
        var log = try open()
        try log.append(entries(1...200, size: 200))
        try log.close()
        let handle = try FileHandle(forWritingTo: folder.file("events.db"))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(repeating: 0x5A, count: 4_096))
        try handle.close()

        let error = #expect(throws: VisageError.self) { try open() }
        #expect(error?.code == .unreadable)
        #expect(error?.message.contains(path) == true)
        log = try EventLog.openReplacingDamaged(at: path, logger: Fixture.logger)
        #expect(log.last == 200)
        try log.append(entries(201...201))
        #expect(try readAll(log) == [201])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
        #expect(names.contains { $0.hasPrefix("events.db.damaged-") })
        try log.close()
    }

    @Test func twoDaemonsDoNotShareALog() throws {
        let log = try open()
        let error = #expect(throws: VisageError.self) { try open() }
        #expect(error?.code == .inUse)
        try log.close()
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let error = #expect(throws: VisageError.self) {
            try EventLog(at: folder.path("no/events.db"), logger: Fixture.logger)
        }
        #expect(error?.code == .unwritable)
    }
}
