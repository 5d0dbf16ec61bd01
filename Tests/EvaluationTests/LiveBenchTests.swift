import Evaluation
import Foundation
import Pipeline
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct LiveBenchTests {
    @Test func aProcessMayBeCalledAnything() throws {
        let line = "812 (a (b) c 1) S 77 812 812 0 -1 4194560 1 2 3 4 250 31 0 0 20 0 1 0 9"
        let stat = try #require(ProcessFiles.Stat(line))
        #expect(stat.name == "a (b) c 1" && stat.parent == 77 && stat.ticks == 281)
        #expect(ProcessFiles.Stat("812 (cut) S 77 812") == nil && ProcessFiles.Stat("") == nil)
    }

    @Test func sizesAreInBytes() {
        let text = "Rss:     900 kB\nPss_Anon:  1 kB\nPss:      12 kB\n"
        #expect(ProcessFiles.bytes("Pss:", in: text) == 12 << 10)
        #expect(ProcessFiles.bytes("Swap:", in: text) == nil)
    }

    @Test func sharesAddUpToTheWhole() {
        let stages: [PipelineStatistics.Stage: Duration] = [
            .capture: .milliseconds(30), .detect: .milliseconds(500), .embed: .milliseconds(200),
            .draw: .milliseconds(10), .encode: .milliseconds(600),
        ]
        let file = ProcessorShares.perFrame(
            frames: 100, total: .milliseconds(1500), stages: stages, scaling: .milliseconds(70), capture: nil)
        #expect(
            file == [
                "decode": 0.3, "scale": 0.7, "detect": 4.3, "embed": 2, "draw": 0.1, "encode": 6, "other": 1.6,
            ])
        let live = ProcessorShares.perFrame(
            frames: 100, total: .milliseconds(1500), stages: stages, scaling: .milliseconds(70),
            capture: .milliseconds(150))
        #expect(live["decode"] == 1.5 && live["receive"] == 0.3 && live["other"] == 0.1)
        // Clocks of different kinds may differ by a little.
        let none = ProcessorShares.perFrame(
            frames: 0, total: .zero, stages: [.detect: .milliseconds(1)], scaling: .milliseconds(2), capture: nil)
        #expect(none["detect"] == 0 && none["other"] == 0)
    }

    @Test func aClipIsMadeAsCamerasSendIt() throws {
        let folder = try ScratchFolder()
        let source = folder.file("source.mp4").path
        let writer = try VideoFileWriter(path: source, width: 320, height: 180, matrix: .bt601)
        let pool = PixelBufferPool(width: 320, height: 180)
        for number in 0..<90 {
            let image = pool.make(matrix: .bt601)
            for plane in image.planes { memset(plane.base, Int32(60 + number), plane.stride * plane.height) }
            try writer.append(image, pts: .milliseconds(number * 100 / 3))
        }
        try writer.close()
        #expect(throws: VisageError.self) { try FeedClip(path: source) }

        let clip = try FeedClip.prepare(source, in: folder.url)
        #expect(clip != source)
        #expect(try FeedClip(path: clip).count == 45)
        #expect(try FeedClip.prepare(clip, in: folder.url) == clip, "one that is so already is sent as it is")
        #expect(throws: VisageError.self) { try FeedClip.prepare(folder.file("none.mp4").path, in: folder.url) }
    }
}
