import Events
import Foundation
import GRDB
import Publishing
import TestSupport
import Testing
import VisageCore

/// A disk of the log's own that fails for real: ext4 on a loop device.
@Suite(.serialized, .enabled(if: TestDisk.problem == nil, "\(TestDisk.problem ?? "")")) struct EventLogDiskTests {
    private let disk: TestDisk
    private let catcher = LogCatcher()
    private var path: String { disk.folder + "/events.db" }

    init() async throws { disk = try await TestDisk() }

    private func open() throws -> EventLog { try EventLog.openReplacingDamaged(at: path, logger: catcher.logger) }

    private func entries(_ range: ClosedRange<Int64>) -> [EventLog.Entry] {
        range.map { .init(seq: $0, time: Date(), type: .appeared, camera: "door", line: "\($0)") }
    }

    /// Removes what outlives a process in memory, as a reboot does.
    private func reboot() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/dev/shm")
        where name.hasPrefix("visage-seq-") && name.hasSuffix(Self.suffix(path)) {
            unlink("/dev/shm/\(name)")
        }
    }

    private static func suffix(_ path: String) -> String {
        String(
            URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false).utf8
                .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }

    @Test(arguments: [false, true]) func aReadOnlyDiskAndAKillGiveNoNumberTwice(rebooted: Bool) async throws {
        let epoch: String
        do {
            let log = try open()
            epoch = log.epoch
            try log.append(entries(1...4))
            try await disk.fail()
            #expect(throws: VisageError.self) { try log.append(entries(5...14)) }
            #expect((log.newest, log.last, log.epoch) == (4, 14, epoch))
        }
        try await disk.repair()
        if rebooted { try reboot() }
        let log = try open()
        let next: Int64 = rebooted ? 1_001 : 15
        #expect(log.last + 1 == next)
        try log.append(entries(next...next))
        // With its epoch and without.
        for place in [log.place(of: 14, in: epoch), log.place(of: 14, in: nil)] {
            let page = try log.read(after: place)
            #expect(page.lines == ["\(next)"] && Int64(page.lost) == next - place - 1, "nothing is missed silently")
        }
        try log.close()
    }

    @Test func numbersThatCannotBeReservedBelongToANewEpoch() async throws {
        let epoch: String
        var second = ""
        do {
            let log = try open()
            epoch = log.epoch
            try log.append(entries(1...4))
            try await disk.fail()
            #expect(throws: VisageError.self) { try log.append(entries(5...1_000)) }
            #expect(log.epoch == epoch, "they were reserved")
            #expect(throws: VisageError.self) { try log.append(entries(1_001...1_100)) }
            second = log.epoch
            #expect(second.hasPrefix(epoch + ":1000."))
            #expect(throws: VisageError.self) { try log.append(entries(1_101...1_200)) }
            #expect(log.epoch == second, "once")
            #expect(catcher.messages(.warning).contains { $0.contains("a new epoch begins after 1000") })
        }
        try await disk.repair()
        try reboot()
        let log = try open()
        #expect(log.last == 1_000 && log.epoch.hasPrefix(epoch + ":4.") && log.epoch != second)
        // Whoever has 1,200 of the second one has nothing after 4 that this log has.
        #expect(log.place(of: 1_200, in: second) == 4)
        try log.append(entries(1_001...1_001))
        try log.close()
    }

    @Test func aStartOnAReadOnlyDiskServesAndLogsLater() async throws {
        var log = try open()
        let epoch = log.epoch
        try log.append(entries(1...4))
        try log.close()
        try await disk.fail()
        log = try open()
        #expect(log.last == 4 && log.epoch.hasPrefix(epoch + ":4."))
        #expect(throws: VisageError.self) { try log.append(entries(5...9)) }
        #expect(throws: VisageError.self) { try log.read(after: 0) }
        #expect(try log.read(after: 4).lines == ["5", "6", "7", "8", "9"])
        try await disk.repair()
        try log.append(entries(10...10))
        #expect(try log.read(after: 0).lines == (1...10).map(String.init))
        #expect(log.place(of: 3, in: epoch) == 3)
        try log.close()
        #expect(try open().last == 10)
    }

    @Test func aFullDiskKeepsTheEpochAndLogsLater() async throws {
        let log = try open()
        let epoch = log.epoch
        try log.append(entries(1...4))
        let ballast = try await disk.fill()
        // Until the room that the file itself has is used up.
        var last: Int64 = 4
        repeat {
            do { try log.append(entries(last + 1...last + 500)) } catch {}
            last += 500
        } while log.newest == last && last < 100_000
        #expect(log.newest < last && log.last == last && log.epoch == epoch)
        // Into the next block, whose reservation needs no room.
        #expect(throws: VisageError.self) { try log.append(entries(last + 1...last + 900)) }
        #expect(log.epoch == epoch)
        unlink(ballast)
        #expect(await eventually { (try? log.append([])) != nil && log.newest == last + 900 })
        try log.close()
    }

    /// The damaged file is moved aside, and the disk does not let a new one be made.
    @Test func loggingResumesAfterADamagedFileCouldNotBeReplaced() async throws {
        let log = try open()
        try log.append(entries(1...4))
        let ballast = try await disk.fill()
        try disk.damage(path)
        for seq: Int64 in 5...9 { #expect(throws: VisageError.self) { try log.append(entries(seq...seq)) } }
        #expect(log.last == 9 && log.readable == 9)
        unlink(ballast)
        #expect(await eventually { (try? log.append([])) != nil })
        #expect(log.newest == 9)
        #expect(try log.read(after: 4).lines == (5...9).map(String.init))
        try log.close()
        #expect(try open().last == 9)
    }
}
