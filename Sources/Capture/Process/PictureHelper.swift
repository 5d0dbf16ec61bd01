import CLinux
import Foundation
import Imaging
import VisageCore

/// What a picture process does: decodes one picture that somebody else has made, an uploaded photo or a frame of a
/// recording, within walls as those of a capture process, and hands it back as a JPEG file of our own making.
///
/// Its standard input is a socket. The task comes in: its length (4 bytes, little-endian), JSON, and of a photo the file's
/// content up to the end. One byte goes out, `+` or `-`, and then the JPEG file or a message.
public enum PictureHelper {
    /// How the process is called in lists; also how it knows what it is.
    static let name = "visage-picture"
    /// Beyond what the process has when it starts, in bytes: the largest photo, and what is made of it.
    static let memory = PhotoContent.maxMemory + (192 << 20)
    /// Of processor time.
    static let seconds = 20
    /// Pixels of the longer side of what is handed back: more would not show more of a face.
    fileprivate static let longestSide = 4096

    struct Task: Codable {
        /// A recording; nil for a photo, which follows.
        var recording: String?
        /// Of the recording.
        var milliseconds = 0
        /// The face to be cut out, `[x, y, width, height]`; nil for all of the frame.
        var box: [Double]?
        /// Pixels of the longer side of what is handed back, at most.
        var longestSide = PictureHelper.longestSide
    }

    /// To be called first by a program that decodes pictures: becomes a picture process, and does not return, if it was
    /// started to be one.
    public static func runIfAsked() {
        guard CommandLine.arguments.first == name else { return }
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ] { Foundation.signal(signal, SIG_IGN) }
        visage_set_thread_name(name)
        let answer: Data
        do {
            answer = Data("+".utf8) + (try decode())
        } catch {
            let text = (error as? VisageError).map { $0.cause ?? $0.message } ?? "\(error)"
            answer = Data("-".utf8) + Data(text.prefix(CaptureLimits.textLength).utf8)
        }
        exit(write(answer) ? 0 : 1)
    }

    private static func decode() throws -> Data {
        let incomplete = VisageError(.engine, "the task is incomplete")
        guard let head = read(4), head.count == 4 else { throw incomplete }
        let length = head.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= 8192, let text = read(length), let task = try? JSONDecoder().decode(Task.self, from: text)
        else {
            throw incomplete
        }
        try CaptureWalls.build(reading: task.recording, memory: memory, seconds: seconds)
        var picture: PixelBuffer
        if let recording = task.recording {
            picture = try RecordedFrame.read(recording, at: task.milliseconds)
        } else {
            guard let photo = read(Photo.maxFileBytes + 1), photo.count <= Photo.maxFileBytes else {
                throw VisageError(.unreadable, "it is larger than \(Photo.maxFileBytes >> 20) MiB")
            }
            picture = try Photo.decode(photo)
        }
        if let box = task.box {
            guard box.count == 4, box.allSatisfy({ $0.isFinite && abs($0) < 1_000_000 }),
                let part = picture.part(BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3]))
            else { throw VisageError(.unreadable, "the face is not in the picture") }
            picture = part
        }
        let (longest, limit) = (max(picture.width, picture.height), max(16, min(task.longestSide, longestSide)))
        let size =
            longest > limit
            ? (
                width: max(2, picture.width * limit / longest & ~1),
                height: max(2, picture.height * limit / longest & ~1)
            ) : nil
        let quality = task.box == nil ? 95 : 85
        return Data(try Photo.encode(picture, as: .jpeg, quality: quality, size: size, scaler: Scaler()))
    }

    /// Up to `count` bytes, fewer at the end; nil for a failure.
    private static func read(_ count: Int) -> Data? {
        var data = Data()
        var part = [UInt8](repeating: 0, count: min(count, 1 << 18))
        while data.count < count {
            let got = Foundation.read(STDIN_FILENO, &part, min(part.count, count - data.count))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            if got == 0 { break }
            data.append(contentsOf: part[..<got])
        }
        return data
    }

    private static func write(_ data: Data) -> Bool {
        data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
            var done = 0
            while let base = bytes.baseAddress, done < bytes.count {
                let count = Foundation.write(STDIN_FILENO, base + done, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
