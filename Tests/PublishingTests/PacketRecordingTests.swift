import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

/// A camera's own packets, with B-frames, into recordings and out again.
@Suite struct PacketRecordingTests {
    private let scratch: ScratchFolder
    private let log = LogCatcher()
    private var folder: URL { scratch.url.appending(path: "door") }

    init() throws { scratch = try ScratchFolder() }

    /// A packet as it lies in an MP4 file.
    private struct Kept: Equatable {
        var pts: Int64
        var isKey: Bool
        var data: [UInt8]
    }

    private func encode(_ codec: PacketStream.Codec, bFrames: Int) throws -> String {
        let path = scratch.file("\(codec)-\(bFrames).mp4").path
        let encoder =
            codec == .h264
            ? [
                "libx264", "-preset", "veryfast", "-x264-params",
                "keyint=15:min-keyint=15:scenecut=0:bframes=\(bFrames)",
            ]
            : [
                "libx265", "-preset", "ultrafast", "-x265-params",
                "keyint=15:min-keyint=15:scenecut=0:open-gop=0:bframes=\(bFrames):log-level=none",
            ]
        try TestVideo.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15", "-t", "6"]
                + ["-pix_fmt", "yuv420p", "-video_track_timescale", "90000", "-c:v"] + encoder + [path])
        return path
    }

    private func packets(_ path: String) throws -> [Kept] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        return try TestVideo.run([
            "ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,size,pos,flags", "-of",
            "csv=p=0",
            path,
        ]).split(separator: "\n").map { line in
            let fields = line.split(separator: ",")
            let (pts, size, place) = (Int64(fields[0]), Int(fields[1]), Int(fields[2]))
            let begin = try #require(place)
            return Kept(
                pts: try #require(pts), isKey: fields[3].hasPrefix("K"),
                data: Array(bytes[begin..<begin + (try #require(size))]))
        }
    }

    private func configuration(_ path: String, _ name: String) throws -> [UInt8] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let name = Array(name.utf8)
        let place = try #require((4..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == name })
        let length = bytes[place - 4..<place].reduce(0) { $0 << 8 | Int($1) }
        return Array(bytes[place + 4..<place - 4 + length])
    }

    private func md5(_ path: String) throws -> [String] {
        try TestVideo.run(["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "framemd5", "-"])
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { String($0.split(separator: ",").last ?? "").trimmingCharacters(in: .whitespaces) }
    }

    private var recordings: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
            .filter { $0.hasSuffix(".mp4") }.map { folder.appending(path: $0).path }
    }

    private func recorder(segmentLength: Duration) throws -> Recorder {
        try Recorder(folder: folder, segmentLength: segmentLength, copies: true, logger: log.logger)
    }

    /// Gives it all packets, as a camera would.
    /// - Returns: where the picture of each is.
    private func feed(_ recorder: Recorder, _ path: String, _ codec: PacketStream.Codec, reordering: Int) throws
        -> [RecordingPosition]
    {
        recorder.begin(
            PacketStream(
                codec: codec, width: 320, height: 240, ticksPerSecond: 90_000, step: 6000, reordering: reordering,
                configuration: try configuration(path, codec == .h264 ? "avcC" : "hvcC")))
        let picture = TestVideo.image(0, width: 320, height: 240)
        let start = MonotonicTime.now
        return try packets(path).enumerated().map { number, packet in
            let id = PacketID(session: 1, number: number)
            recorder.take(
                SourcePacket(
                    id: id, pts: packet.pts + 12_345, isKey: packet.isKey,
                    // As if it had taken its time.
                    arrived: start + .seconds(Double(number) / 15), data: packet.data))
            let frame = Frame(number: number, pts: .zero, captured: .now, wall: Date(), image: picture, packet: id)
            let position = try #require(recorder.position(of: frame))
            recorder.note([], at: position)
            return position
        }
    }

    @Test(arguments: PacketStream.Codec.allCases, [0, 3])
    func packetsAndTimesStayAsTheyWere(_ codec: PacketStream.Codec, _ bFrames: Int) throws {
        let source = try encode(codec, bFrames: bFrames)
        let recorder = try recorder(segmentLength: .seconds(2))
        let positions = try feed(recorder, source, codec, reordering: bFrames > 0 ? 2 : 0)
        recorder.finish()
        let original = try packets(source)
        #expect(recordings.count == 3 && original.count == 90)
        let copies = try recordings.map(packets)
        #expect(copies.flatMap { $0.map(\.data) } == original.map(\.data))
        #expect(copies.flatMap { $0.map(\.isKey) } == original.map(\.isKey))
        #expect(copies.allSatisfy { $0.first?.isKey == true && $0.first?.pts == 0 })
        // The places that were told are those in the files.
        let told = positions.map { "\($0.file) \($0.offsetMs)" }
        let found = zip(recordings, copies).flatMap { path, packets in
            packets.map { "\(URL(filePath: path).lastPathComponent) \(Int((Double($0.pts) / 90).rounded()))" }
        }
        #expect(told == found)
        #expect(try recordings.flatMap(md5) == md5(source))
        for path in recordings { #expect(try TestVideo.complaints(path) == "", "\(path)") }
        #expect(log.messages(.warning).isEmpty)
        #expect(recordings.allSatisfy { FileManager.default.fileExists(atPath: RecordingName.subtitles(of: $0)) })
    }

    @Test func whatWasNotCompletedCanBePlayed() throws {
        let source = try encode(.h264, bFrames: 3)
        let recorder = try recorder(segmentLength: .seconds(600))
        _ = try feed(recorder, source, .h264, reordering: 2)
        // As it lies on the disk while it is written, which a killed process leaves.
        let copy = scratch.file("copy.mp4").path
        var count = 0
        for _ in 0..<1000 where count < 75 {
            if let path = recordings.first, let data = FileManager.default.contents(atPath: path) {
                try data.write(to: URL(filePath: copy))
                count = (try? packets(copy).count) ?? 0
            }
        }
        #expect(count >= 75 && count < 90)
        #expect(Array(try md5(copy).prefix(70)) == Array(try md5(source).prefix(70)))
        recorder.finish()
    }

    @Test func subtitlesGoWithTheirRecording() throws {
        let source = try encode(.h264, bFrames: 0)
        let recorder = try recorder(segmentLength: .seconds(2))
        _ = try feed(recorder, source, .h264, reordering: 0)
        recorder.finish()
        #expect(recordings.count == 3)
        #expect(RecordingFile.remove(recordings[0]))
        // Somebody removes one by hand.
        unlink(recordings[0])
        var quota: AgeQuota?
        RecordingRetention(maxBytes: nil, maxAge: nil).apply(to: folder, keeping: nil, now: nil, quota: &quota)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let name = try #require(recordings.first.map { URL(filePath: $0).lastPathComponent })
        #expect(recordings.count == 1 && left == [RecordingName.subtitles(of: name), name])
        RecordingRetention(maxBytes: 1, maxAge: nil).apply(to: folder, keeping: nil, now: nil, quota: &quota)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func aCameraWithoutPacketsIsRecordedAnnotated() throws {
        let recorder = try recorder(segmentLength: .seconds(600))
        #expect(recorder.copiesPackets && recorder.position(of: TestVideo.frame(0)) == nil)
        recorder.begin(without: "MJPEG")
        recorder.begin(without: "MJPEG")
        #expect(!recorder.copiesPackets)
        for number in 0..<30 {
            let frame = TestVideo.frame(number)
            let position = try #require(recorder.position(of: frame))
            recorder.write(frame, at: position)
        }
        recorder.finish()
        #expect(try TestVideo.frames(recordings[0]).count == 30)
        #expect(log.messages(.warning).count == 1 && log.messages(.warning)[0].contains("MJPEG"))
        #expect(!FileManager.default.fileExists(atPath: RecordingName.subtitles(of: recordings[0])))
    }

    /// A process that was taken over may say anything that its messages have room for.
    @Test func garbageBreaksNothing() throws {
        var random = SeededRandom(5)
        let recorder = try recorder(segmentLength: .milliseconds(100))
        for round in 0..<30 {
            recorder.begin(
                PacketStream(
                    codec: round % 2 == 0 ? .h264 : .h265, width: Int.random(in: 1...8192, using: &random), height: 1,
                    ticksPerSecond: Int.random(in: 1...10_000_000, using: &random), step: 1,
                    reordering: Int.random(in: 0...16, using: &random),
                    configuration: [1] + (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }))
            var pts = Int64.random(in: -(1 << 53)...1 << 53, using: &random)
            for number in 0..<50 {
                pts += Int64.random(in: -10_000...1_000_000, using: &random)
                if number % 20 == 19 { pts = Int64.random(in: -(1 << 53)...1 << 53, using: &random) }
                recorder.take(
                    SourcePacket(
                        id: PacketID(session: round, number: number), pts: pts, isKey: number % 7 == 0, arrived: .now,
                        data: (0..<Int.random(in: 1...300, using: &random)).map { _ in
                            .random(in: 0...255, using: &random)
                        }))
            }
            recorder.end()
        }
        recorder.finish()
        #expect(!recordings.isEmpty && log.messages(.warning).isEmpty, "\(log.messages(.warning))")
    }
}
