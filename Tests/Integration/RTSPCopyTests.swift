import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// A camera whose own packets are recorded; the other codec and its faults are in `SystemTests`.
    @Suite struct CopyTests {
        @Test func packetsAreRecordedAsTheyCome() async throws {
            try await checkCopies(of: .h264, transport: "tcp")
        }
    }
}

extension SystemTests {
    /// What the camera sends is what is recorded.
    @Suite struct RTSPCopyTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        @Test(arguments: [RTSPCameraUnderTest.Codec.h264, .h265], ["tcp", "udp"])
        func packetsAreRecordedAsTheyCome(_ codec: RTSPCameraUnderTest.Codec, _ transport: String) async throws {
            try await checkCopies(of: codec, transport: transport)
        }

        @Test(arguments: [RTSPCameraUnderTest.Codec.h264, .h265])
        func killedInTheMiddleOfARun(_ codec: RTSPCameraUnderTest.Codec) async throws {
            let run = try await startCopying(codec, in: folder, segmentMinutes: 10)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)))
            // More than what is lost.
            #expect(await eventually { run.frames.events.count { $0.faces?.isEmpty == false } > 60 })
            run.daemon.program.signal(SIGKILL)
            #expect(try await run.daemon.program.wait().exitCode == nil)
            #expect(await eventually { run.frames.hasEnded })
            let file = try #require(run.daemon.copies.first)
            let recording = try await CopiedRecording(file, codec)
            let last = try #require(run.positions(in: file).map(\.offset).max())
            #expect(try #require(recording.packets.last).offset > last - 1000, "more than a second is lost")
            #expect(try #require(recording.entries.map(\.end).max()) > last - 1000, "more than a second is lost")
            #expect(try await Video.decoded(file.path) == recording.packets.count)
            let told = run.positions(in: file).filter { $0.offset < last - 1000 }
            #expect(told.count > 5 && recording.differences(from: told) == [])
        }

        @Test func outagesAndSizesBeginFiles() async throws {
            let run = try await startCopying(.h264, in: folder, segmentMinutes: 10)
            #expect(await run.everybodyIsShown(after: MonotonicTime(nanoseconds: 0), width: RTSPStreams.size.width))
            let told = try await run.camera.tell("other")
            #expect(await run.everybodyIsShown(after: told, width: RTSPStreams.otherSize.width))
            let broken = try await run.camera.kill()
            #expect(await run.firstDown(after: broken) != nil)
            let mended = try await run.camera.restart()
            #expect(await run.everybodyIsShown(after: mended, width: RTSPStreams.size.width))
            _ = try await run.stop()
            var sizes: [String] = []
            for file in run.daemon.copies {
                let recording = try await CopiedRecording(file, .h264)
                #expect(try await Video.decoded(file.path) == recording.packets.count)
                let told = run.positions(in: file)
                #expect(told.allSatisfy { position in recording.packets.contains { $0.offset == position.offset } })
                let head = try String(contentsOfFile: RecordingName.subtitles(of: file.path), encoding: .utf8)
                sizes += head.split(separator: "\n").filter { $0.hasPrefix("PlayResX") }.map(String.init)
            }
            #expect(sizes == ["PlayResX: 640", "PlayResX: 768", "PlayResX: 640"])
        }

        @Test func aCameraWithMJPEGIsRecordedAnnotated() async throws {
            let run = try await startCopying(.mjpeg, in: folder, segmentMinutes: 10)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)))
            _ = try await run.stop()
            #expect(run.daemon.recordings.map(\.pathExtension) == ["mp4"])
            #expect(try await Video.decoded(run.daemon.recordings[0].path) > 5)
            let lines = run.daemon.program.errors.split(separator: "\n").filter {
                $0.contains("MJPEG, which cannot be")
            }
            #expect(lines.count == 1)
        }

        @Test func exportDrawsTheBoxesIn() async throws {
            let run = try await startCopying(.h264, in: folder, segmentMinutes: 10)
            #expect(await run.everybodyIsShown(after: MonotonicTime(nanoseconds: 0), width: RTSPStreams.size.width))
            _ = try await run.stop()
            let file = try #require(run.daemon.copies.first)
            let recording = try await CopiedRecording(file, .h264)
            let output = folder.file("out.mp4")
            let done = try await visage("export", file.path, "--output", output.path)
            #expect(done.exitCode == 0 && done.errors.isEmpty, "\(done)")
            #expect(try await Video.decoded(output.path) == recording.packets.count)
            #expect(try await Video.stamps(output.path) == Video.stamps(file.path))
            // Pictures are as they were but where something is drawn, and there they are not.
            let pictures = try await SoundPictures(material)
            let plain = try await pictures.findings(in: output.path)
            #expect(plain.contains { if case .damaged = $0 { true } else { false } })
            let findings = try await pictures.findings(in: output.path) { index in
                recording.boxes(at: recording.packets[index].offset).flatMap(RTSPLossTests.drawn)
            }
            #expect(findings.allSatisfy { if case .sound = $0 { true } else { false } })
            for (arguments, reason) in [
                ([file.path, "--output", output.path], "exists already"), ([output.path], "no subtitles"),
                ([folder.file("none.mp4").path], "no file"),
                ([run.daemon.folder.file("visaged.yaml").path], "not a video"),
                ([file.path, "--output", "/nowhere/x.mp4"], "cannot be written"),
            ] {
                let refused = try await Program.run(Programs.visage, ["export"] + arguments)
                #expect(refused.exitCode == 1 && refused.errors.contains(reason), "\(refused)")
                #expect(refused.errors.count { $0 == "\n" } == 1)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(!left.contains { $0.contains("out.mp4.") })
        }
    }
}

/// Records until everybody is known and two files are complete, then holds what is recorded against what the camera showed
/// and what the events say.
private func checkCopies(of codec: RTSPCameraUnderTest.Codec, transport: String) async throws {
    let (material, folder) = (try Material.get(), try ScratchFolder())
    let run = try await startCopying(codec, in: folder, transport: transport, segmentMinutes: 0.05)
    #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)), "\(run.daemon.program.errors)")
    #expect(await eventually { run.daemon.copies.count >= 3 })
    _ = try await run.stop()
    let pictures = try await CopiedRecording.pictures(material, codec)
    let numbers = Dictionary(zip(pictures, pictures.indices)) { first, _ in first }
    var all: [Int] = []
    for file in run.daemon.copies {
        let recording = try await CopiedRecording(file, codec)
        // To the last bit what the camera has.
        let found = recording.packets.map { numbers[$0.units] ?? -1 }
        #expect(!found.contains(-1), "\(file): packets that the camera did not send")
        all += found
        #expect(try await Video.decoded(file.path) == recording.packets.count)
        let told = run.positions(in: file)
        #expect(told.allSatisfy { position in recording.packets.contains { $0.offset == position.offset } })
        #expect(recording.differences(from: told) == [])
    }
    // One after the other, from file to file, none missing.
    #expect(zip(all, all.dropFirst()).allSatisfy { ($0 + 1) % RTSPStreams.count == $1 }, "\(all)")
    try await checkPositions(of: run, material)
}

/// The same detector looks at the recorded pictures: where a position is right, it is the same picture, and has the same
/// boxes; one beside it has not.
private func checkPositions(of run: RTSPRun, _ material: Material) async throws {
    let file = try #require(run.daemon.copies.dropFirst().first)
    let recording = try await CopiedRecording(file, run.codec)
    var options = DaemonUnderTest.Options(material)
    (options.source, options.pace, options.recordingKeys) = (file.path, "realtime", ["enabled: false"])
    let folder = try ScratchFolder()
    let daemon = try await DaemonUnderTest.start(options, in: folder)
    let frames = try EventCollector(socket: daemon.socket, EventRequest(types: ["frame"]))
    _ = try await daemon.end()
    var boxes: [Int: [[Double]]] = [:]
    for event in frames.events {
        guard let number = event.frame?.number, number < recording.packets.count else { continue }
        boxes[recording.packets[number].offset] = event.faces?.map(\.box)
    }
    var (right, beside, count) = (0, 0, 0)
    for (position, next) in zip(run.positions(in: file), run.positions(in: file).dropFirst()) {
        guard let here = boxes[position.offset], let there = boxes[next.offset] else { continue }
        for box in position.boxes {
            count += 1
            if here.contains(where: { near($0, box, 0.2) }) { right += 1 }
            if there.contains(where: { near($0, box, 0.2) }) { beside += 1 }
        }
    }
    #expect(count > 10 && right * 10 >= count * 8, "\(right) of \(count)")
    #expect(beside * 2 <= count, "pictures do not differ: the test shows nothing")
}

private func near(_ one: [Double], _ other: [Double], _ tolerance: Double) -> Bool {
    zip(one, other).allSatisfy { abs($0 - $1) <= tolerance }
}

private func startCopying(
    _ codec: RTSPCameraUnderTest.Codec, in folder: ScratchFolder, transport: String = "tcp", segmentMinutes: Double
) async throws -> RTSPRun {
    let material = try Material.get()
    let camera = try await RTSPCameraUnderTest.start(material)
    var options = RTSPRun.Options()
    (options.codec, options.transport) = (codec, transport)
    options.recordingKeys = ["mode: copy", "segment_minutes: \(segmentMinutes)"]
    return try await RTSPRun.start(material, camera, options, in: folder)
}

extension DaemonUnderTest {
    /// The recordings without their subtitles.
    fileprivate var copies: [URL] { recordings.filter { $0.pathExtension == "mp4" } }
}

extension RTSPRun {
    fileprivate struct Told {
        let offset: Int
        let boxes: [[Double]]
    }

    /// What was told of the frames that are in a recording, in order.
    fileprivate func positions(in file: URL) -> [Told] {
        frames.events.compactMap { event in
            guard event.type == .frame, let position = event.recording, position.file == file.lastPathComponent else {
                return nil
            }
            return Told(offset: position.offsetMs, boxes: event.faces?.map(\.box) ?? [])
        }
    }
}

extension CopiedRecording {
    /// Where the subtitles have not the boxes that were told of a frame, or others as well.
    fileprivate func differences(from told: [RTSPRun.Told]) -> [String] {
        told.indices.compactMap { index in
            let (offset, boxes) = (told[index].offset, told[index].boxes)
            // Of two frames within a hundredth of a second, as a busy camera sends them, subtitles can show only one.
            let isAlone = [index - 1, index + 1].allSatisfy {
                !told.indices.contains($0) || told[$0].offset / 10 != offset / 10
            }
            let shown = self.boxes(at: offset)
            let isSame = shown.count == boxes.count && boxes.allSatisfy { box in shown.contains { near($0, box, 0.6) } }
            return isSame || !isAlone ? nil : "\(offset) ms: \(boxes) are \(shown)"
        }
    }
}
