import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct VideoFileWriterTests {
    private let folder: ScratchFolder
    private var path: String { folder.file("video.mp4").path }

    init() throws { folder = try ScratchFolder() }

    private func writer(_ width: Int = 320, _ height: Int = 240, settings: EncoderSettings = .init()) throws
        -> VideoFileWriter
    {
        try VideoFileWriter(path: path, width: width, height: height, matrix: .bt601, settings: settings)
    }

    private func size(_ path: String) throws -> Int { try Data(contentsOf: URL(filePath: path)).count }

    @Test(arguments: [1, 2])
    func everyPictureIsThereAtItsTime(_ threads: Int) throws {
        let writer = try writer(settings: .init(threads: threads))
        let times = (0..<75).map { $0 * 40 + ($0 % 7) }
        for (number, time) in times.enumerated() {
            try writer.append(TestVideo.image(number), pts: .milliseconds(5000 + time))
        }
        try writer.close()
        let frames = try TestVideo.frames(path)
        #expect(frames.count == 75)
        #expect(zip(frames, times).allSatisfy { abs($0.time - Double($1) / 1000) < 0.00001 })
        #expect(try TestVideo.complaints(path) == "")
        #expect(
            try TestVideo.stream(path) == [
                "codec_name=h264", "width=320", "height=240", "pix_fmt=yuv420p", "color_range=tv",
                "color_space=smpte170m", "has_b_frames=0",
            ])
    }

    @Test func aKeyFrameASecondAtAnyFrameRate() throws {
        for step in [1000 / 30.0, 40, 100, 900] {
            let writer = try writer(64, 64)
            for number in 0..<Int(5000 / step) {
                try writer.append(
                    TestVideo.image(number, width: 64, height: 64),
                    pts: .seconds(Double(number) * step / 1000))
            }
            try writer.close()
            let keys = try TestVideo.frames(path).filter(\.isKey).map(\.time)
            #expect(keys.first == 0 && keys.count >= 5)
            #expect(zip(keys, keys.dropFirst()).allSatisfy { $1 - $0 <= 1.0005 }, "\(keys)")
        }
    }

    /// What a killed process has handed to the kernel stays, so a copy of the growing file is what a kill leaves.
    @Test(arguments: [(30, 8), (15, 4), (5, 2), (1, 1)])
    func aKillLosesAQuarterSecondAndAFrame(_ rate: Int, _ most: Int) throws {
        let writer = try writer(160, 120)
        let copy = folder.file("copy.mp4").path
        for number in 0..<rate * 4 {
            try writer.append(
                TestVideo.image(number, width: 160, height: 120), pts: .seconds(Double(number) / Double(rate))
            )
            guard number % 7 == 6 || rate == 1 else { continue }
            try Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: copy))
            let readable = try TestVideo.frames(copy).count
            #expect(number + 1 - readable <= most, "\(readable) of \(number + 1)")
            if readable > 0 { #expect(try TestVideo.complaints(copy) == "") }
        }
    }

    @Test func aFileCutAnywherePlays() throws {
        let writer = try writer(160, 120)
        for number in 0..<60 {
            try writer.append(
                TestVideo.image(number, width: 160, height: 120), pts: .milliseconds(number * 33))
        }
        try writer.close()
        let whole = try Data(contentsOf: URL(filePath: path))
        let copy = folder.file("copy.mp4").path
        for part in 1..<10 {
            try whole.prefix(whole.count * part / 10).write(to: URL(filePath: copy))
            #expect(try TestVideo.frames(copy).count >= 60 * part / 10 - 12)
        }
    }

    @Test(arguments: [(101, 75, 100, 74), (33, 240, 32, 240), (2, 2, 2, 2), (16, 16, 16, 16)])
    func oddSizesLoseTheirLastLine(_ width: Int, _ height: Int, _ evenWidth: Int, _ evenHeight: Int) throws {
        let writer = try writer(width, height)
        for number in 0..<3 {
            try writer.append(
                TestVideo.image(number, width: width, height: height), pts: .milliseconds(number * 40))
        }
        try writer.close()
        #expect(try TestVideo.stream(path).isSuperset(of: ["width=\(evenWidth)", "height=\(evenHeight)"]))
        #expect(try TestVideo.frames(path).count == 3)
    }

    @Test func whatIsSeenIsWhatWasWritten() throws {
        let writer = try writer(settings: .init(crf: 10))
        let image = TestVideo.image(0)
        try writer.append(image, pts: .zero)
        try writer.close()
        let raw = folder.file("raw.yuv")
        try TestVideo.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", raw.path])
        let seen = [UInt8](try Data(contentsOf: raw))
        var position = 0
        var error = 0
        for plane in image.planes {
            for y in 0..<plane.height {
                for x in 0..<plane.width {
                    error += abs(Int(seen[position]) - Int(plane.base[y * plane.stride + x]))
                    position += 1
                }
            }
        }
        #expect(position == seen.count)
        #expect(Double(error) / Double(seen.count) < 3)
    }

    @Test func stampsThatStandStillStillPlay() throws {
        let writer = try writer(64, 64)
        for pts in [0, 40, 40, 20, 80] {
            try writer.append(TestVideo.image(pts, width: 64, height: 64), pts: .milliseconds(pts))
        }
        try writer.close()
        let times = try TestVideo.frames(path).map(\.time)
        #expect(times.count == 5 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
    }

    @Test func picturesAreLetGo() throws {
        let writer = try writer()
        weak var last: PixelBuffer?
        for number in 0..<5 {
            let image = TestVideo.image(number)
            last = image
            try writer.append(image, pts: .milliseconds(number * 40))
        }
        #expect(last == nil)
        try writer.close()
    }

    @Test func anotherSizeIsRefused() throws {
        let writer = try writer()
        try writer.append(TestVideo.image(0), pts: .zero)
        #expect(throws: VisageError.self) {
            try writer.append(TestVideo.image(1, width: 160, height: 120), pts: .milliseconds(40))
        }
    }

    // MARK: Failure

    @Test func nothingWrittenLeavesNothing() throws {
        try writer().close()
        #expect(!FileManager.default.fileExists(atPath: path))
        do {
            let writer = try writer()
            try writer.append(TestVideo.image(0), pts: .zero)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func lettingGoKeepsWhatWasComplete() throws {
        do {
            let writer = try writer()
            for number in 0..<40 {
                try writer.append(TestVideo.image(number), pts: .milliseconds(number * 33))
            }
        }
        #expect(try TestVideo.frames(path).count >= 30)
        #expect(try TestVideo.complaints(path) == "")
    }

    @Test func aFullDiskIsSaid() throws {
        let error = #expect(throws: VisageError.self) {
            try VideoFileWriter(path: "/dev/full", width: 320, height: 240, matrix: .bt601)
        }
        #expect(error?.code == .unwritable)
        #expect(error.map { "\($0)".contains("No space left") } == true)
        #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    }

    @Test func closingTwiceIsNoTrouble() throws {
        let writer = try writer()
        try writer.append(TestVideo.image(0), pts: .zero)
        try writer.close()
        try writer.close()
        #expect(throws: VisageError.self) { try writer.append(TestVideo.image(1), pts: .milliseconds(33)) }
        #expect(try TestVideo.frames(path).count == 1)
    }

    @Test func whatCannotBeOpenedIsSaid() throws {
        let error = #expect(throws: VisageError.self) {
            try VideoFileWriter(path: "/no/such/folder/a.mp4", width: 320, height: 240, matrix: .bt601)
        }
        #expect(error?.code == .unwritable)
        #expect(error?.message.contains("/no/such/folder/a.mp4") == true)
    }

    @Test func settingsThatDoNotWorkLeaveNoFile() throws {
        #expect(throws: VisageError.self) { try writer(settings: .init(preset: "warp")) }
        #expect(throws: VisageError.self) { try writer(1, 1) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
