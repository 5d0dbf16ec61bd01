import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct RecordingRetentionTests {
    private let folder: ScratchFolder
    private let now = Date()

    /// Five recordings of 4 KiB, an hour apart, the newest just ended.
    init() throws {
        folder = try ScratchFolder()
        for hour in 0..<5 {
            try make(RecordingName.make(now - Double(4 - hour) * 3600), end: now - Double(4 - hour) * 3600)
        }
        try make("holiday.mp4", end: now - 1e8)
    }

    private func make(_ name: String, end: Date) throws {
        try Data(repeating: 1, count: 4096).write(to: folder.file(name))
        try FileManager.default.setAttributes([.modificationDate: end], ofItemAtPath: folder.file(name).path)
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []).sorted()
    }

    private func apply(
        _ retention: RecordingRetention, keeping current: String? = nil, now: Date?, in folder: URL? = nil
    ) -> [String] {
        var all: AgeQuota?
        return retention.apply(to: folder ?? self.folder.url, keeping: current, now: now, quota: &all)
    }

    @Test func withinItsLimitsEverythingStays() {
        #expect(apply(RecordingRetention(), now: now).isEmpty)
        #expect(apply(RecordingRetention(maxBytes: nil, maxAge: nil), now: now).isEmpty)
        #expect(names.count == 6)
    }

    @Test(arguments: [true, false]) func tooManyBytesLoseTheOldest(hasClock: Bool) {
        let before = names
        let removed = apply(RecordingRetention(maxBytes: 10_000, maxAge: nil), now: hasClock ? now : nil)
        #expect(removed == Array(before.prefix(3)))
        #expect(names == Array(before.dropFirst(3)))
    }

    @Test func tooOldGoes() {
        #expect(apply(RecordingRetention(maxBytes: nil, maxAge: .seconds(9000)), now: now).count == 2)
        #expect(names.contains("holiday.mp4"))
    }

    @Test func withoutAClockNothingIsTooOld() {
        #expect(apply(RecordingRetention(maxBytes: nil, maxAge: .seconds(1)), now: nil).isEmpty)
    }

    /// Forty days ahead, and trusted by mistake: that is seen before much is gone.
    @Test func atOnceOnlyAShareGoes() {
        var quota: AgeQuota? = AgeQuota(limit: .seconds(30 * 86_400))
        let retention = RecordingRetention(maxBytes: nil, maxAge: .seconds(30 * 86_400))
        #expect(retention.apply(to: folder.url, keeping: nil, now: now + 40 * 86_400, quota: &quota).isEmpty)
        #expect(names.count == 6)
    }

    @Test func anEndInTheFutureBecomesNow() throws {
        let name = RecordingName.make(now)
        try make(name, end: now + 40 * 86_400)
        #expect(apply(RecordingRetention(maxBytes: nil, maxAge: .seconds(90_000)), now: now).isEmpty)
        let end = try FileManager.default.attributesOfItem(atPath: folder.file(name).path)[.modificationDate]
        #expect(abs(try #require(end as? Date).timeIntervalSince(now)) < 2)
    }

    @Test func theOneBeingWrittenStays() throws {
        let oldest = try #require(names.first)
        let removed = apply(RecordingRetention(maxBytes: 0, maxAge: .seconds(1)), keeping: oldest, now: now)
        #expect(removed.count == 4)
        #expect(names == [oldest, "holiday.mp4"])
    }

    @Test func aMissingFolderIsNoTrouble() {
        let gone = folder.url.appending(path: "gone")
        #expect(apply(RecordingRetention(maxBytes: 0), now: now, in: gone).isEmpty)
    }
}
