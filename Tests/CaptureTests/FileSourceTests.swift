import CFFmpeg
import Capture
import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct FileSourceTests {
    private let clip: Clip

    init() throws { clip = try Clip() }

    private func frames(_ path: String, _ options: FileSource.Options = .init(pace: .fast)) throws -> [Frame] {
        let source = try FileSource(path: path, options: options)
        var frames: [Frame] = []
        while let frame = try source.nextFrame() { frames.append(frame) }
        return frames
    }

    /// The planes of each frame as one run of bytes, without what lies between the rows.
    private func bytes(_ frame: Frame) -> Data {
        var data = Data()
        for plane in frame.image.planes {
            for row in 0..<plane.height { data.append(plane.base + row * plane.stride, count: plane.width) }
        }
        return data
    }

    private func decodedByFFmpeg(_ path: String, _ more: String = "") throws -> Data {
        let raw = try clip.make(
            "raw.yuv", "-i \(path) \(more) -fps_mode passthrough -pix_fmt yuv420p -f rawvideo")
        return try Data(contentsOf: URL(filePath: raw))
    }

    // MARK: What is in the frames

    @Test(arguments: ["mp4", "mkv", "avi", "mov", "ts"])
    func containersGiveEveryFrameAsItWasEncoded(_ kind: String) throws {
        let path = try clip.h264("clip.\(kind)")
        let frames = try frames(path)
        #expect(frames.count == 25)
        #expect(frames.map(\.number) == Array(0..<25))
        #expect(frames.map { Int($0.pts.milliseconds.rounded()) } == (0..<25).map { $0 * 40 })
        #expect(try frames.reduce(Data()) { $0 + bytes($1) } == decodedByFFmpeg(path))
    }

    @Test func mpegWithoutAnIndexPlays() throws {
        let path = try clip.make(
            "clip.mpg", "-f lavfi -i testsrc2=size=352x288:rate=25 -frames:v 25 -c:v mpeg1video")
        let frames = try frames(path)
        #expect(frames.count == 25)
        #expect(try frames.reduce(Data()) { $0 + bytes($1) } == decodedByFFmpeg(path))
    }

    @Test func severalThreadsGiveTheSameFrames() throws {
        let path = try clip.h264()
        let one = try frames(path).map { bytes($0) }
        #expect(try frames(path, .init(pace: .fast, threads: 3)).map { bytes($0) } == one)
    }

    @Test func pictureOfTheDecoderIsNotCopied() throws {
        let path = try clip.h264()
        let player = try FilePlayer(path: path, threads: 1)
        let shot = try #require(player.next(until: Cancellation()))
        var converter = PictureConverter()
        let buffer = try converter.buffer(shot.picture, orientation: .upright)
        #expect(buffer.luma.base == shot.picture.frame.pointee.data.0)
    }

    @Test func framesOutliveTheirSource() throws {
        let path = try clip.h264()
        let kept = try frames(path)
        #expect(bytes(kept[24]).count == 320 * 240 * 3 / 2)
    }

    @Test(arguments: [
        ("yuv422p", "ffv1"), ("yuv444p", "ffv1"), ("yuv420p10le", "ffv1"), ("nv12", "rawvideo"),
        ("bgr24", "rawvideo"),
        ("gray", "png"), ("yuvj420p", "mjpeg"), ("yuvj422p", "mjpeg"), ("rgb24", "png"),
        ("yuyv422", "rawvideo"),
        ("pal8", "png"),
    ])
    func everyPixelFormatShowsTheSamePicture(_ format: String, _ codec: String) throws {
        // Four bars, big enough for the middle of each to be free of its neighbors.
        let bars = ["white", "black", "red", "gray"].map { "color=\($0):s=64x64:d=0.2[\($0)];" }.joined()
        let end =
            switch format {
            case "pal8": ",split[x][y];[x]palettegen[p];[y][p]paletteuse"
            case "gray": ",scale=out_range=full"
            default: ""
            }
        let path = try clip.make(
            "clip.mkv",
            "-filter_complex \(bars)[white][black][red][gray]hstack=4\(end) -frames:v 3 -pix_fmt \(format) -c:v \(codec) -q:v 2 -strict -1"
        )
        let frame = try #require(try frames(path).first)
        let image = frame.image
        #expect(image.width == 256 && image.height == 64)
        #expect(image.matrix == .bt601)
        let luma = (0..<4).map { Int(image.luma.base[32 * image.luma.stride + $0 * 64 + 32]) }
        let cr = Int(image.cr.base[16 * image.cr.stride + 80])
        // Limited range, BT.601: white 235, black 16, red 81 with Cr 240, half gray 126. Gray pictures have no red hue.
        #expect(abs(luma[0] - 235) <= 2 && abs(luma[1] - 16) <= 2 && abs(luma[2] - 81) <= 3, "\(luma)")
        #expect(abs(luma[3] - 126) <= 3, "\(luma)")
        #expect(format == "gray" ? abs(cr - 128) <= 1 : abs(cr - 240) <= 4, "\(cr)")
    }

    @Test func fullRangeMarkedH264IsBroughtToLimited() throws {
        let path = try clip.make(
            "clip.mp4",
            "-f lavfi -i color=white:s=64x64 -frames:v 2 -vf scale=out_range=full,format=yuvj420p -c:v libx264"
        )
        let frame = try #require(try frames(path).first)
        #expect(abs(Int(frame.image.luma.base[0]) - 235) <= 1)
    }

    @Test(arguments: [
        ("640x480", "", PixelBuffer.Matrix.bt601), ("1280x720", "", .bt709),
        ("640x480", "-colorspace bt709", .bt709),
        ("1280x720", "-colorspace smpte170m", .bt601),
    ])
    func matrixIsTheFilesOrTheUsualOne(_ size: String, _ flags: String, _ matrix: PixelBuffer.Matrix) throws {
        let path = try clip.h264(size: size, frames: 1, flags)
        #expect(try frames(path).first?.image.matrix == matrix)
    }

    @Test func gifPlaysByItsDelays() throws {
        let path = try clip.make("clip.gif", "-f lavfi -i testsrc2=size=100x74:rate=10 -frames:v 7")
        let frames = try frames(path)
        #expect(frames.count == 7)
        #expect(frames.map { Int($0.pts.milliseconds.rounded()) } == (0..<7).map { $0 * 100 })
        #expect(frames.allSatisfy { $0.image.width == 100 && $0.image.height == 74 })
    }

    @Test func oddSizesKeepEveryPixel() throws {
        let path = try clip.make(
            "clip.mkv", "-f lavfi -i testsrc2=size=200x150:rate=25 -frames:v 2 -vf scale=101:75 -c:v ffv1")
        let frame = try #require(try frames(path).first)
        #expect(frame.image.width == 101 && frame.image.cb.width == 51 && frame.image.cb.height == 38)
    }

    @Test(arguments: [90, 180, 270])
    func rotationOfPhonesIsHonored(_ degrees: Int) throws {
        try clip.h264("upright.mp4", size: "320x240")
        let path = try clip.make(
            "turned.mp4", "-i @/upright.mp4 -c copy -metadata:s:v:0 rotate=\(degrees)")
        let frames = try frames(path)
        let sideways = degrees != 180
        #expect(frames.allSatisfy { $0.image.width == (sideways ? 240 : 320) })
        #expect(try FileSource.probe(path).width == (sideways ? 240 : 320))
        // ffmpeg turns of its own accord.
        #expect(try frames.reduce(Data()) { $0 + bytes($1) } == decodedByFFmpeg(path))
    }

    @Test func sizeMayChangeInMidStream() throws {
        try clip.h264("a.ts", size: "320x240", frames: 10)
        try clip.h264("b.ts", size: "176x144", frames: 10)
        let joined = clip.path("joined.ts")
        try (Data(contentsOf: clip.folder.file("a.ts")) + Data(contentsOf: clip.folder.file("b.ts")))
            .write(to: URL(filePath: joined))
        let frames = try frames(joined)
        #expect(frames.count == 20)
        #expect(
            frames.map(\.image.width) == Array(repeating: 320, count: 10) + Array(repeating: 176, count: 10))
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.pts < $1.pts })
        // The second half's clock starts anew: no gap comes of it.
        #expect(frames.last.map { $0.pts < .milliseconds(900) } == true)
    }

    @Test func variableFrameRateKeepsItsTimes() throws {
        let path = try clip.make(
            "vfr.mp4",
            "-f lavfi -i testsrc2=size=160x120:rate=100 -vf select='not(mod(sqrt(n)\\,1))' -frames:v 12 "
                + "-fps_mode vfr -enc_time_base 1/1000 -c:v libx264 -pix_fmt yuv420p")
        let times = try frames(path).map { Int($0.pts.milliseconds.rounded()) }
        #expect(times == (0..<12).map { $0 * $0 * 10 })
    }

    @Test func probeSaysWhatTheHeadSays() throws {
        let info = try FileSource.probe(clip.h264())
        #expect(info.width == 320 && info.height == 240 && info.fps == 25)
        #expect(info.duration == .seconds(1) && info.frames == 25)
    }

    // MARK: Time

    @Test func loopGoesOnCounting() throws {
        let path = try clip.h264(frames: 10)
        let source = try FileSource(path: path, options: .init(pace: .fast, loop: true))
        for number in 0..<35 {
            let frame = try #require(try source.nextFrame())
            #expect(frame.number == number)
            #expect(Int(frame.pts.milliseconds.rounded()) == number * 40)
        }
        source.cancel()
        #expect(try source.nextFrame() == nil)
    }

    @Test func realtimeIsNeverEarly() throws {
        let path = try clip.h264(frames: 8)
        let frames = try frames(path, .init(pace: .realtime))
        let first = try #require(frames.first)
        #expect(frames.allSatisfy { $0.captured - first.captured >= $0.pts - .milliseconds(1) })
    }

    @Test func cancelEndsTheWaitWhichIsNoFault() async throws {
        // The second frame is due in an hour.
        let path = try clip.make(
            "slow.mkv", "-f lavfi -i testsrc2=size=64x64:rate=1/3600 -frames:v 2 -c:v ffv1")
        let source = try FileSource(path: path)
        #expect(try source.nextFrame()?.number == 0)
        let ended = Mutex(false)
        Thread.detachNewThread {
            let frame = try? source.nextFrame()
            ended.withLock { $0 = frame == nil }
        }
        #expect(await eventually { source.stall(at: .now + .seconds(600)) == nil })
        source.cancel()
        #expect(await eventually { ended.withLock { $0 } })
        #expect(try source.nextFrame() == nil)
    }

    /// Memory is a matter for the soak tests: other tests run in this process beside this one.
    @Test func thousandsOfLoopsKeepOneFileOpen() throws {
        let path = try clip.h264(size: "64x64", frames: 1)
        let source = try FileSource(path: path, options: .init(pace: .fast, loop: true))
        for _ in 0..<2000 { _ = try source.nextFrame() }
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let ours = open.filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
        }
        #expect(ours.count <= 1)
        #expect(try source.nextFrame()?.number == 2000)
    }
}
