import Capture
import Foundation
import Imaging
import Pipeline
import Publishing
import Storage
import VisageCore

/// Draws what the subtitles of a recording say into a copy of it.
struct RecordingExport {
    /// A day of a crowd has less.
    private static let maxSubtitleBytes = 512 << 20

    private let recording: URL
    /// By start.
    private let entries: [Subtitles.Entry]
    private let player: FilePlayer
    private let annotator: Annotator

    /// - Throws: `VisageError` if there is no such recording, it has no subtitles, or is no video.
    init(of recording: URL) throws {
        self.recording = recording
        player = try FilePlayer(path: recording.path, threads: ProcessInfo.processInfo.activeProcessorCount)
        let subtitles = URL(filePath: RecordingName.subtitles(of: recording.path))
        guard subtitles.path != recording.path, FileManager.default.fileExists(atPath: subtitles.path) else {
            throw VisageError(
                .notFound,
                "There are no subtitles \(subtitles.path): recordings without them have their boxes and names drawn in "
                    + "already")
        }
        let text = String(decoding: try BoundedFile.read(subtitles, limit: Self.maxSubtitleBytes), as: UTF8.self)
        guard text.hasPrefix("[Script Info]") else {
            throw VisageError(.unreadable, "\(subtitles.path) holds no subtitles of visaged (ASS)")
        }
        entries = Subtitles.entries(in: text).sorted { $0.start < $1.start }
        annotator = try Annotator()
    }

    /// As the head of the file says; nil if it does not.
    var frameCount: Int? { player.frameCount }

    /// Writes beside the file and renames into its place.
    /// - Parameters:
    ///   - output: must not exist
    ///   - crf: the rate factor of x264
    ///   - progress: told the frames that were written
    /// - Returns: the number of frames.
    /// - Throws: `VisageError`; then there is no such file.
    func write(to output: URL, crf: Int, progress: (Int) -> Void) throws -> Int {
        guard (try? FileManager.default.attributesOfItem(atPath: output.path)) == nil else {
            throw VisageError(.unwritable, "\(output.path) exists already: name another file with --output")
        }
        let part = output.deletingLastPathComponent().appending(path: ".\(output.lastPathComponent).\(getpid())")
        Self.removeWhenStopped(part)
        defer { unlink(part.path) }
        let count = try encode(to: part, crf: crf, progress: progress)
        try DurableFile.sync(part)
        // Unlike a renamed one, a linked file takes nobody's place.
        guard link(part.path, output.path) == 0 else {
            throw VisageError(
                .unwritable, "\(output.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        return count
    }

    // Safe: set once, before a handler reads it.
    nonisolated(unsafe) private static var unfinished: UnsafeMutablePointer<CChar>?

    /// Makes Ctrl-C and the like leave nothing behind.
    private static func removeWhenStopped(_ part: URL) {
        guard unfinished == nil else { return }
        unfinished = strdup(part.path)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // Only what may be called in a signal handler.
            signal(number) { number in
                if let path = RecordingExport.unfinished { unlink(path) }
                _exit(128 + number)
            }
        }
    }

    private func encode(to part: URL, crf: Int, progress: (Int) -> Void) throws -> Int {
        var converter = PictureConverter()
        let cancellation = Cancellation()
        var writer: VideoFileWriter?
        var pool = PixelBufferPool(width: 2, height: 2)
        var marks = MarksInTime(entries)
        var last = Int64.min
        while let shot = player.next(until: cancellation) {
            let picture = try converter.buffer(shot.picture, orientation: .upright)
            if pool.width != picture.width || pool.height != picture.height {
                pool = PixelBufferPool(width: picture.width, height: picture.height)
            }
            let file: VideoFileWriter
            if let writer {
                file = writer
            } else {
                let threads = ProcessInfo.processInfo.activeProcessorCount
                file = try VideoFileWriter(
                    path: part.path, width: picture.width, height: picture.height, matrix: picture.matrix,
                    settings: EncoderSettings(crf: crf, threads: threads))
                writer = file
            }
            // A picture without a stamp follows the one before.
            let stamp = max(shot.stamp ?? 0, last == .min ? 0 : last + 1)
            last = stamp
            let annotated = annotator.annotate(picture, with: marks.at(stamp), pool: pool)
            try file.append(annotated, pts: .nanoseconds(stamp))
            progress(file.frames)
        }
        guard let writer else {
            throw VisageError(.unreadable, "\(recording.path) holds no picture that can be decoded")
        }
        try writer.close()
        return writer.frames
    }
}

/// Finds the marks of one moment after the other.
private struct MarksInTime {
    private var coming: ArraySlice<Subtitles.Entry>
    private var shown: [Subtitles.Entry] = []

    /// - Parameter entries: by start
    init(_ entries: [Subtitles.Entry]) { coming = entries[...] }

    /// - Parameter stamp: nanoseconds, never less than the last time
    mutating func at(_ stamp: Int64) -> [FaceMark] {
        // A stamp of the container may lie a little before the millisecond that the entry was rounded to.
        let milliseconds = (stamp + 500_000) / 1_000_000
        while let next = coming.first, next.start <= milliseconds {
            shown.append(next)
            coming = coming.dropFirst()
        }
        shown.removeAll { $0.end <= milliseconds }
        return shown.map(\.mark)
    }
}
