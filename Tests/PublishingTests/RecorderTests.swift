import Foundation
import Logging
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct RecorderTests {
    private let scratch: ScratchFolder
    private let log = LogCatcher()
    private var folder: URL { scratch.url.appending(path: "recordings/door") }

    init() throws { scratch = try ScratchFolder() }

    private func recorder(
        _ folder: URL? = nil, segmentLength: Duration = .seconds(600), retention: RecordingRetention = .init()
    ) throws -> Recorder {
        try Recorder(
            folder: folder ?? self.folder, segmentLength: segmentLength, retention: retention,
            logger: log.logger)
    }

    /// - Returns: the positions given, nil where there was none.
    @discardableResult
    private func record(_ frames: some Sequence<Frame>, _ recorder: Recorder) -> [RecordingPosition?] {
        frames.map { frame in
            let position = recorder.position(of: frame)
            if let position { recorder.write(frame, at: position) }
            return position
        }
    }

    private func files(_ folder: URL? = nil) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: (folder ?? self.folder).path)) ?? []).sorted()
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func mode(_ path: String) throws -> Int {
        var status = stat()
        #expect(lstat(path, &status) == 0)
        return Int(status.st_mode & 0o777)
    }

    @Test func everyFrameIsWhereItsPositionSays() throws {
        let recorder = try recorder()
        let positions = record((0..<90).lazy.map { TestVideo.frame($0) }, recorder)
        recorder.finish()
        #expect(files() == ["2026-11-21T09-44-05.123Z.mp4"])
        let frames = try TestVideo.frames(path(files()[0]))
        #expect(frames.count == 90)
        for (position, frame) in zip(positions, frames) {
            #expect(position?.file == files()[0])
            #expect(abs(Double(position?.offsetMs ?? -1) - frame.time * 1000) <= 0.6)
        }
        #expect(try TestVideo.complaints(path(files()[0])) == "")
        #expect(try mode(path(files()[0])) == 0o640)
        #expect(try mode(folder.path) == 0o750)
        #expect(log.messages(.warning).isEmpty)
    }

    @Test func segmentsAreCutByTimeAndComplete() throws {
        let recorder = try recorder(segmentLength: .seconds(1))
        let positions = record((0..<75).lazy.map { TestVideo.frame($0, width: 64, height: 64) }, recorder)
        recorder.finish()
        #expect(files() == ["05.123", "06.123", "07.123"].map { "2026-11-21T09-44-\($0)Z.mp4" })
        #expect(try files().map { try TestVideo.frames(path($0)).count } == [30, 30, 15])
        #expect(positions.compactMap { $0?.offsetMs }.filter { $0 == 0 }.count == 3)
        for file in files() {
            #expect(try TestVideo.frames(path(file)).first?.isKey == true)
            #expect(try TestVideo.complaints(path(file)) == "")
        }
    }

    @Test func anotherSizeIsAnotherFile() throws {
        let recorder = try recorder()
        record((0..<10).map { TestVideo.frame($0) }, recorder)
        record((10..<20).map { TestVideo.frame($0, width: 161, height: 121) }, recorder)
        recorder.finish()
        #expect(try files().map { try TestVideo.frames(path($0)).count } == [10, 10])
        #expect(try TestVideo.stream(path(files()[1])).isSuperset(of: ["width=160", "height=120"]))
    }

    @Test func positionsMayRunAheadOfWrites() throws {
        let recorder = try recorder(segmentLength: .seconds(1))
        let frames = (0..<60).map { TestVideo.frame($0, width: 64, height: 64) }
        let positions = frames.map { recorder.position(of: $0) }
        for (frame, position) in zip(frames, positions) {
            recorder.write(frame, at: try #require(position))
        }
        recorder.finish()
        #expect(try files().map { try TestVideo.frames(path($0)).count } == [30, 30])
    }

    @Test func afterTheEndNothingIsRecorded() throws {
        let recorder = try recorder()
        record([TestVideo.frame(0)], recorder)
        recorder.finish()
        recorder.finish()
        #expect(recorder.position(of: TestVideo.frame(1)) == nil)
        #expect(try TestVideo.frames(path(files()[0])).count == 1)
    }

    @Test func aSecondRecorderDoesNotOverwrite() throws {
        for _ in 0..<2 {
            let recorder = try recorder()
            record([TestVideo.frame(0)], recorder)
            recorder.finish()
        }
        #expect(files() == ["05.123", "05.124"].map { "2026-11-21T09-44-\($0)Z.mp4" })
    }

    /// A disk that does not answer must not hold up whoever asks where a frame will be.
    @Test func positionsAreGivenWithoutTheDisk() throws {
        let recorder = try recorder()
        let name = RecordingName.make(TestVideo.start)
        // Nobody looks whether it has come up since.
        try Data("another program's".utf8).write(to: folder.appending(path: name))
        #expect(recorder.position(of: TestVideo.frame(0))?.file == name)
        recorder.write(TestVideo.frame(0), at: RecordingPosition(file: name, offsetMs: 0))
        #expect(try String(contentsOf: folder.appending(path: name), encoding: .utf8) == "another program's")
        // Five seconds later it works, under another name.
        #expect(log.messages(.warning).count == 1)
        record((150..<160).map { TestVideo.frame($0) }, recorder)
        recorder.finish()
        #expect(files().count == 2)
        #expect(try TestVideo.frames(path(files()[1])).count == 10)
    }

    @Test func oldOnesAreRemoved() throws {
        let recorder = try recorder(
            segmentLength: .seconds(1), retention: RecordingRetention(maxBytes: 1, maxAge: nil))
        record((0..<120).lazy.map { TestVideo.frame($0, width: 64, height: 64) }, recorder)
        // The last one is still being written; the one before goes when the next begins.
        #expect(files() == ["2026-11-21T09-44-08.123Z.mp4"])
        recorder.finish()
    }

    // MARK: Failure

    @Test func aFolderThatCannotBeIsRefused() throws {
        try Data("x".utf8).write(to: scratch.file("file"))
        for folder in [
            scratch.file("file"), scratch.file("file").appending(path: "below"), URL(filePath: "/proc/x"),
        ] {
            let error = #expect(throws: VisageError.self) { try recorder(folder) }
            #expect(error?.code == .unwritable)
            #expect(error?.message.contains(folder.path) == true)
            #expect(error.map { !"\($0)".contains("\n") } == true)
        }
    }

    @Test func aFolderThatVanishesIsMadeAnew() throws {
        let recorder = try recorder(segmentLength: .seconds(1))
        record((0..<30).map { TestVideo.frame($0, width: 64, height: 64) }, recorder)
        try FileManager.default.removeItem(at: folder.deletingLastPathComponent())
        let positions = record((30..<800).lazy.map { TestVideo.frame($0, width: 64, height: 64) }, recorder)
        // Once, and after five seconds it is there.
        #expect(positions.filter { $0 == nil }.count == 149)
        #expect(log.messages(.warning).count == 1 && log.messages(.notice).count == 1)
        recorder.finish()
        #expect(try mode(folder.path) == 0o750)
        #expect(try !files().isEmpty && files().allSatisfy { try TestVideo.frames(path($0)).count > 0 })
    }

    /// The file is still open then, and writing into it succeeds.
    @Test func aFileThatIsDeletedWhileItIsWrittenIsNoticed() async throws {
        let recorder = try recorder()
        record((0..<10).map { TestVideo.frame($0, width: 64, height: 64) }, recorder)
        let first = try #require(recorder.file)
        try FileManager.default.removeItem(at: folder)
        var number = 10
        #expect(
            await eventually {
                // A second of video each time: it is tried again after five.
                record((number..<number + 30).map { TestVideo.frame($0, width: 64, height: 64) }, recorder)
                number += 30
                return recorder.file.map { $0 != first && files().contains($0) } ?? false
            })
        #expect(log.messages(.warning).first?.contains("was removed while it was being written") == true)
        recorder.finish()
    }

    @Test func whileItIsHeldNothingIsRecorded() throws {
        let recorder = try recorder()
        record((0..<10).map { TestVideo.frame($0) }, recorder)
        #expect(recorder.current == files().first)
        recorder.hold("the disk is full")
        #expect(recorder.current == nil && recorder.problem == "the disk is full")
        #expect(record((10..<20).map { TestVideo.frame($0) }, recorder).allSatisfy { $0 == nil })
        recorder.hold(nil)
        record((20..<30).map { TestVideo.frame($0) }, recorder)
        #expect(recorder.problem == nil)
        recorder.finish()
        #expect(try files().map { try TestVideo.frames(path($0)).count } == [10, 10])
    }

    @Test func aRecorderMayWaitForItsFolder() throws {
        // Tests may run as root, whom no permission stops: a file stands where a folder is needed.
        let obstacle = scratch.url.appending(path: "recordings")
        try Data().write(to: obstacle)
        #expect(throws: VisageError.self) { try recorder() }
        let waiting = try Recorder(folder: folder, waitsForFolder: true, logger: log.logger)
        let before = record((0..<10).lazy.map { TestVideo.frame($0) }, waiting)
        #expect(before.dropFirst().allSatisfy { $0 == nil })
        #expect(log.messages(.warning).count == 1)
        #expect(log.messages(.warning).first?.contains("cannot be written") == true)
        try FileManager.default.removeItem(at: obstacle)
        record((300..<310).lazy.map { TestVideo.frame($0) }, waiting)
        waiting.finish()
        #expect(files().count == 1)
        #expect(try TestVideo.frames(path(files()[0])).count == 10)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
    func aFullDiskStopsTheRecordingUntilThereIsRoom() throws {
        let disk = try SmallDisk(kilobytes: 200, at: scratch.url.appending(path: "disk"))
        let recorder = try recorder(disk.url)
        let before = record((0..<120).lazy.map { TestVideo.frame($0) }, recorder)
        #expect(before.contains(nil))
        #expect(log.messages(.warning).count == 1, "\(log.messages(.warning))")
        #expect(log.messages(.warning).first?.contains("No space left") == true)
        // What was complete plays without complaint.
        for file in files(disk.url) {
            let path = disk.url.appending(path: file).path
            #expect(try TestVideo.frames(path).count > 0)
            #expect(try TestVideo.complaints(path) == "")
        }
        // Room again: a new file, whole.
        let full = files(disk.url)
        for file in full { try FileManager.default.removeItem(at: disk.url.appending(path: file)) }
        record((300..<310).lazy.map { TestVideo.frame($0) }, recorder)
        recorder.finish()
        let after = files(disk.url)
        #expect(after.count == 1 && after != full)
        #expect(try TestVideo.frames(disk.url.appending(path: after[0]).path).count == 10)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
    func aWriterOnAFullDiskKeepsWhatWasComplete() throws {
        let disk = try SmallDisk(kilobytes: 200, at: scratch.url.appending(path: "disk"))
        let path = disk.url.appending(path: "video.mp4").path
        let writer = try VideoFileWriter(path: path, width: 320, height: 240, matrix: .bt601)
        #expect(throws: VisageError.self) {
            for number in 0..<300 {
                try writer.append(TestVideo.image(number), pts: .milliseconds(number * 33))
            }
        }
        try writer.close()
        #expect(try TestVideo.frames(path).count > 0)
        #expect(try TestVideo.complaints(path) == "")
    }

    /// A file system of its own, that is quickly full.
    private final class SmallDisk {
        let url: URL

        static var isPossible: Bool {
            guard geteuid() == 0, let scratch = try? ScratchFolder() else { return false }
            return (try? SmallDisk(kilobytes: 64, at: scratch.url.appending(path: "disk"))) != nil
        }

        init(kilobytes: Int, at url: URL) throws {
            self.url = url
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try TestVideo.run(["mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", url.path])
        }

        deinit { _ = try? TestVideo.run(["umount", url.path]) }
    }
}
