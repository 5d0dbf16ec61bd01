import Capture
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct BadVideoTests {
    private let clip: Clip

    init() throws { clip = try Clip() }

    private struct Played {
        var count = 0
        var damaged = 0
        var endedEarly: String?
        var failure: VisageError?
    }

    private func play(_ path: String) throws -> Played {
        let source = try FileSource(path: path, options: .init(pace: .fast))
        var played = Played()
        var last: Duration?
        do {
            while let frame = try source.nextFrame() {
                if let last { #expect(frame.pts > last) }
                last = frame.pts
                #expect(frame.number == played.count)
                played.count += 1
            }
        } catch let error as VisageError {
            played.failure = error
        }
        (played.damaged, played.endedEarly) = (source.losses.damaged, source.endedEarly)
        return played
    }

    private func refusal(_ path: String) -> VisageError? {
        do {
            _ = try FileSource(path: path)
            return nil
        } catch { return error as? VisageError }
    }

    private func data(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    private func write(_ name: String, _ data: Data) throws -> String {
        try data.write(to: clip.folder.file(name))
        return clip.path(name)
    }

    @Test func whatIsNoVideoIsNamedInOneLine() throws {
        let noise = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
        let cases: [(path: String, code: VisageError.Code, part: String)] = [
            (clip.path("missing.mp4"), .notFound, "There is no file"),
            (clip.folder.url.path, .unreadable, "is a folder"),
            (try write("empty.mp4", Data()), .unreadable, "is empty"),
            (try write("notes.txt", Data("This is a shopping list.\n".utf8)), .unreadable, "is not a video"),
            (try write("noise.mp4", noise), .unreadable, "is not a video"),
            (
                try write("list.m3u8", Data("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n".utf8)), .unreadable,
                "is not a video"
            ),
            (try clip.make("sound.m4a", "-f lavfi -i sine=duration=1"), .source, "has no picture"),
            (try clip.make("sound.wav", "-f lavfi -i sine=duration=1"), .source, "has no picture"),
            ("/dev/null", .unreadable, "is not a file"),
        ]
        for (path, code, part) in cases {
            let error = try #require(refusal(path), "\(path)")
            #expect(error.code == code, "\(error)")
            #expect(error.message.contains(part) && error.message.contains(path), "\(error)")
            #expect(!"\(error)".contains("\n"))
        }
    }

    @Test func aRecordsCoverIsNoVideo() throws {
        try clip.make("cover.jpg", "-f lavfi -i testsrc2=size=64x64 -frames:v 1")
        let path = try clip.make(
            "record.mp3",
            "-f lavfi -i sine=duration=1 -i @/cover.jpg -map 0 -map 1 -c:v copy -disposition:v attached_pic")
        #expect(refusal(path)?.message.contains("has no picture") == true)
    }

    @Test func anMP4WithoutItsIndexIsRefused() throws {
        let whole = try data(clip.h264())
        let path = try write("cut.mp4", whole.prefix(whole.count / 2))
        #expect(refusal(path)?.code == .unreadable)
    }

    @Test func ofACutFileWhatIsThereIsPlayed() throws {
        let whole = try data(clip.h264("whole.mp4", frames: 50, "-movflags +faststart"))
        let played = try play(write("cut.mp4", whole.prefix(whole.count * 2 / 3)))
        #expect((20..<50).contains(played.count), "\(played)")
        #expect(played.endedEarly != nil)
        #expect(played.failure == nil)
    }

    @Test(arguments: ["mkv", "ts", "avi"])
    func otherContainersCutShortPlayToo(_ kind: String) throws {
        let whole = try data(clip.h264("whole.\(kind)", frames: 50))
        let played = try play(write("cut.\(kind)", whole.prefix(whole.count * 2 / 3)))
        #expect((20..<50).contains(played.count), "\(played)")
        #expect(played.failure == nil)
    }

    @Test func aWholeFileEndsCleanly() throws {
        for kind in ["mp4", "mkv", "ts", "avi", "mov"] {
            let played = try play(clip.h264("whole.\(kind)"))
            #expect(
                played.endedEarly == nil && played.damaged == 0 && played.count == 25, "\(kind) \(played)")
        }
    }

    @Test func damageInTheMiddleIsLeftOutAndCounted() throws {
        var bytes = try data(clip.h264("whole.mp4", frames: 50, "-movflags +faststart"))
        for index in bytes.count / 2..<bytes.count / 2 + 3000 {
            bytes[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 9)
        }
        let played = try play(write("hurt.mp4", bytes))
        #expect(played.damaged > 0, "\(played)")
        // Each picture is either shown or counted, and after the next key frame all is well.
        #expect(played.count > 35 && played.count < 50, "\(played)")
        #expect(played.failure == nil)
    }

    @Test func aFileOfDamageOnlySaysSo() throws {
        var bytes = try data(clip.h264("whole.mp4", frames: 50, "-movflags +faststart"))
        let start = try #require(bytes.range(of: Data("mdat".utf8))).upperBound
        for index in start..<bytes.count { bytes[index] = 0xFF }
        let played = try play(write("ruin.mp4", bytes))
        #expect(played.count == 0)
        #expect(played.failure?.code == .unreadable, "\(played)")
        #expect(played.failure?.message.contains("no picture that can be decoded") == true)
    }

    @Test func randomDamageNeverCrashes() throws {
        let whole = try data(clip.h264("whole.mkv", frames: 20))
        var random = SystemRandomNumberGenerator()
        for round in 0..<40 {
            var bytes = whole
            for _ in 0..<(1 << (round % 12)) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let path = try write("fuzz.mkv", bytes)
            // Any outcome but a crash or a hang is right; `play` checks that the stamps grow.
            if refusal(path) == nil { _ = try play(path) }
        }
    }
}
