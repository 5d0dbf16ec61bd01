import Foundation
import Imaging
import VisageCore

/// Writes the subtitles of one recording as it grows: whole lines, each handed to the kernel at once, so that a killed
/// process loses half a second at most. To be used from one thread at a time.
///
/// Safe to hand over: the recorder calls it under the lock of `PacketCopying.subtitles` alone.
final class SubtitleWriter: @unchecked Sendable {
    /// Longer entries are written in parts.
    private static let part = 500
    /// When nothing was said for so long, nothing was to be seen.
    private static let silence = 1000

    /// The name of the recording.
    let recording: String
    let path: String
    private let video: String
    private let height: Int
    private let descriptor: Int32
    /// Bytes of the lines that are whole.
    private var complete: off_t = 0
    private var open: [Int: Subtitles.Entry] = [:]
    private var last: Int?

    /// Makes the file.
    /// - Parameters:
    ///   - video: the path of the recording
    ///   - width, height: of its pictures
    ///   - mode: of the file, less the process's umask
    /// - Throws: `VisageError` (unwritable).
    init(beside video: String, width: Int, height: Int, mode: mode_t) throws {
        self.video = video
        self.height = height
        recording = URL(filePath: video).lastPathComponent
        path = RecordingName.subtitles(of: video)
        // One that is there has no recording.
        descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(errno) }
        try write(Subtitles.head(width: width, height: height))
    }

    deinit {
        Foundation.close(descriptor)
        // Where nothing of the video came to be, or somebody has removed it.
        if access(video, F_OK) != 0 { unlink(path) }
    }

    /// What is to be seen from a moment on.
    /// - Parameter faces: in milliseconds of the recording, which grow from call to call
    /// - Throws: `VisageError` (unwritable).
    func note(_ faces: [ShownFace], at milliseconds: Int) throws {
        guard last.map({ milliseconds > $0 }) ?? true else { return }
        let isSilent = last.map { milliseconds - $0 > Self.silence } ?? false
        let end = isSilent ? (last ?? 0) + Self.part : milliseconds
        var marks: [Int: FaceMark] = [:]
        for (index, face) in faces.enumerated() {
            var mark = FaceMark(face)
            let box = Subtitles.whole(mark.box)
            mark.box = BoundingBox(
                x: Double(box.x), y: Double(box.y), width: Double(box.width), height: Double(box.height))
            // Those without a track are told apart by their order.
            marks[face.track ?? -1 - index] = mark
        }
        var lines = ""
        for (key, entry) in open.sorted(by: { $0.key < $1.key }) {
            if !isSilent, marks[key] == entry.mark, milliseconds - entry.start < Self.part { continue }
            lines += ended(entry, end)
            open[key] = nil
        }
        for (key, mark) in marks where open[key] == nil {
            open[key] = Subtitles.Entry(start: milliseconds, end: milliseconds, mark: mark)
        }
        last = milliseconds
        if !lines.isEmpty { try write(lines) }
    }

    /// Writes what is left.
    /// - Throws: `VisageError` (unwritable).
    func close() throws {
        guard let last else { return }
        // Until the next frame would have come.
        let lines = open.sorted { $0.key < $1.key }.map { ended($0.value, last + 40) }.joined()
        open = [:]
        if !lines.isEmpty { try write(lines) }
    }

    private func ended(_ entry: Subtitles.Entry, _ end: Int) -> String {
        var entry = entry
        entry.end = end
        return Subtitles.lines(entry, height: height)
    }

    private func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                // Half a line is worse than none.
                ftruncate(descriptor, complete)
                throw failure(code)
            }
            rest = rest.dropFirst(count)
        }
        complete += off_t(text.utf8.count)
    }

    private func failure(_ code: Int32) -> VisageError {
        VisageError(.unwritable, "\(path) cannot be written.", cause: String(cString: strerror(code)))
    }
}
