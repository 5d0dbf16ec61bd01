import Events
import Foundation
import GRDB
import Publishing
import TestSupport
import Testing
import VisageCore

/// A `seq` is given once, whatever happens to the process and to the files.
@Suite struct SequenceTests {
    private let folder: ScratchFolder
    private let catcher = LogCatcher()
    private var path: String { folder.path("events.db") }

    init() throws { folder = try ScratchFolder() }

    private func open(runtime: String? = nil) throws -> EventLog {
        try EventLog.openReplacingDamaged(at: path, runtime: runtime, logger: catcher.logger)
    }

    private func entries(_ range: ClosedRange<Int64>) -> [EventLog.Entry] {
        range.map { .init(seq: $0, time: Date(), type: .appeared, camera: "door", line: "\($0)") }
    }

    /// The files that hold the last number in memory.
    private func witnesses() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: "/dev/shm").filter { $0.hasPrefix("visage-seq-") })
    }

    @Test func afterAKillTheNumbersGoOnWithoutAHole() throws {
        var epoch = ""
        do {
            let log = try open()
            epoch = log.epoch
            try log.append(entries(1...14))
        }
        let log = try open()
        #expect(log.last == 14 && log.epoch == epoch && catcher.messages(.warning).isEmpty)
        try log.append(entries(15...15))
        try log.close()
        #expect(try open().last == 15)
    }

    @Test func whatWasSentButNotLoggedBeforeAKillIsNotGivenAgain() throws {
        do {
            let log = try open()
            try log.append(entries(1...4))
            let blocker = try DatabaseQueue(path: path)
            try blocker.write {
                try $0.execute(
                    sql: "CREATE TRIGGER refusal BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'refused'); END")
            }
            #expect(throws: VisageError.self) { try log.append(entries(5...14)) }
        }
        let log = try open()
        #expect((log.newest, log.last) == (4, 14))
        try log.close()
    }

    /// As after a power cut: what was in memory is gone.
    @Test func withoutTheWitnessTheReservedBlockIsSkippedAndANewEpochBegins() throws {
        var epoch = ""
        let before = try witnesses()
        do {
            let log = try open()
            epoch = log.epoch
            try log.append(entries(1...14))
            let own = try witnesses().subtracting(before)
            try #require(!own.isEmpty)
            for name in own { #expect(unlink("/dev/shm/\(name)") == 0) }
        }
        let log = try open()
        #expect(log.last == 1_000 && log.epoch.hasPrefix(epoch + ":14."))
        #expect(log.place(of: 12, in: epoch) == 12 && log.place(of: 900, in: epoch) == 14)
        #expect(log.place(of: 12, in: nil) == 12 && log.place(of: 12, in: "abc") == 0)
        #expect(log.place(of: 5_000, in: log.epoch) == 0, "a place that was never reached")
        #expect(catcher.messages(.warning).contains { $0.contains("986 numbers are skipped") })
        try log.append(entries(1_001...1_001))
        let page = try log.read(after: 14)
        #expect(page.lost == 986 && page.lines == ["1001"], "the reader is told")
        try log.close()
        #expect(try open().last == 1_001)
    }

    /// Such as those of a daemon that was killed and then deleted.
    @Test func theWitnessOfALogThatIsGoneIsRemovedByTheNextOne() throws {
        var other: ScratchFolder? = try ScratchFolder()
        let gone = try #require(other?.path("events.db"))
        do {
            let log = try EventLog(at: gone, logger: catcher.logger)
            try log.append(entries(1...3))
        }
        // It is there as long as its log.
        try open().close()
        #expect(try EventLog(at: gone, logger: catcher.logger).last == 3)
        let suffix = Self.suffix(gone)
        #expect(try witnesses().contains { $0.hasSuffix(suffix) })
        other = nil
        try open().close()
        #expect(try !witnesses().contains { $0.hasSuffix(suffix) })
    }

    private static func suffix(_ path: String) -> String {
        String(
            URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false).utf8
                .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }

    @Test(arguments: [
        "09223372036854775807\n", "09223372036854775806\n", "99999999999999999999\n", "-0000000000000000001\n",
        "garbage", "\0\0\0\0", "00000000000000001000\n00 00 00\n", "09007199254740993000\n- - -\n0\n",
        // With a checksum that is right: more was given than reserved.
        "00000000000000001000\n9223372036854775807 1a2b3c4d x\n9a0e32417f992fe0\n",
        "00000000000000001000\n-9223372036854775808 1a2b3c4d x\n9193a57c3f266cc\n",
        "00000000000000001000\n1e3 1a2b3c4d x\n844dbdfc70901ac7\n",
    ])
    func aMarkThatIsNonsenseIsSaidAndSurvived(text: String) throws {
        var log = try open()
        let epoch = log.epoch
        try log.append(entries(1...5))
        try log.close()
        try Data(text.utf8).write(to: folder.file("events.db.seq"))
        log = try open()
        #expect(log.last == 5 && log.epoch != epoch && log.place(of: 5, in: epoch) == 0)
        #expect(catcher.messages(.warning).contains { $0.contains("file of numbers is damaged") })
        try log.append(entries(6...6))
        try log.close()
        #expect(try open().last == 6)
    }

    @Test func theMarkOfVersionOneIsUnderstood() throws {
        try Data("00000000000000000030\n".utf8).write(to: folder.file("events.db.seq"))
        let log = try open()
        #expect(log.last == 30 && catcher.messages(.warning).isEmpty)
        try log.close()
        #expect(
            try String(contentsOf: folder.file("events.db.seq"), encoding: .utf8).hasPrefix("00000000000000000030\n"))
    }

    @Test func rowsThatAreNonsenseAreRemovedOrPassedOver() throws {
        var log = try open()
        try log.append(entries(1...5))
        try log.close()
        try DatabaseQueue(path: path).write { database in
            for seq in [Int64.max, .max - 1, .min, -1, 0] {
                try database.execute(
                    sql: "INSERT INTO events VALUES (?, ?, 'face.lost', 'door', 'x')", arguments: [seq, seq])
            }
            try database.execute(sql: "UPDATE sqlite_sequence SET seq = 'garbage'")
            try database.execute(sql: "UPDATE events SET camera = X'FF', line = X'FFFE' WHERE seq = 2")
            try database.execute(sql: "UPDATE events SET time = 'noon', type = 7 WHERE seq = 3")
        }
        log = try open()
        #expect((log.oldest, log.newest, log.last) == (1, 5, 5))
        #expect(catcher.messages(.warning).contains { $0.contains("Removed 5 events with impossible numbers") })
        #expect(try log.read(after: 0).lines == ["1", "3", "4", "5"])
        #expect(try #require(try EventHistory(at: path)).events(of: .person("Ann")).isEmpty)
        try log.trim()
        try log.append(entries(6...6))
        #expect(log.newest == 6)
        try log.close()
    }

    /// What is not said at the start of an epoch must not be believed of another file.
    @Test func aStrangersFileInMemoryIsNotUsed() throws {
        let epoch: String
        do {
            let log = try open()
            epoch = log.epoch
            try log.append(entries(1...3))
        }
        // Another log at the same path, with numbers of its own.
        for suffix in ["", "-wal", "-shm", ".seq"] { unlink(path + suffix) }
        let log = try open()
        #expect(log.last == 0 && log.epoch != epoch)
        try log.close()
    }
}
