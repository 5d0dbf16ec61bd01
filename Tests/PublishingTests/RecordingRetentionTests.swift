import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct RecordingRetentionTests {
    private let folder: ScratchFolder
    private let now = Date()

    /// Five recordings of 1,000 bytes, an hour apart, the newest just ended.
    init() throws {
        folder = try ScratchFolder()
        for hour in 0..<5 {
            try make(RecordingName.make(now - Double(4 - hour) * 3600), end: now - Double(4 - hour) * 3600)
        }
        try make("holiday.mp4", end: now - 1e8)
    }

    private func make(_ name: String, end: Date) throws {
        try Data(count: 1000).write(to: folder.file(name))
        try FileManager.default.setAttributes([.modificationDate: end], ofItemAtPath: folder.file(name).path)
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []).sorted()
    }

    @Test func withinItsLimitsEverythingStays() {
        #expect(RecordingRetention().apply(to: folder.url, keeping: nil, now: now).isEmpty)
        #expect(
            RecordingRetention(maxBytes: nil, maxAge: nil).apply(to: folder.url, keeping: nil, now: now)
                .isEmpty)
        #expect(names.count == 6)
    }

    @Test func tooManyBytesLoseTheOldest() {
        let before = names
        let removed = RecordingRetention(maxBytes: 2500, maxAge: nil).apply(
            to: folder.url, keeping: nil, now: now)
        #expect(removed == Array(before.prefix(3)))
        #expect(names == Array(before.dropFirst(3)))
    }

    @Test func tooOldGoes() {
        let removed = RecordingRetention(maxBytes: nil, maxAge: .seconds(9000))
            .apply(to: folder.url, keeping: nil, now: now)
        #expect(removed.count == 2)
        #expect(names.contains("holiday.mp4"))
    }

    @Test func theOneBeingWrittenStays() throws {
        let oldest = try #require(names.first)
        let removed = RecordingRetention(maxBytes: 0, maxAge: .seconds(1))
            .apply(to: folder.url, keeping: oldest, now: now)
        #expect(removed.count == 4)
        #expect(names == [oldest, "holiday.mp4"])
    }

    @Test func aMissingFolderIsNoTrouble() {
        let gone = folder.url.appending(path: "gone")
        #expect(RecordingRetention(maxBytes: 0).apply(to: gone, keeping: nil, now: now).isEmpty)
    }
}
