import CLinux
import Foundation
import Imaging
import VisageCore

/// Has a picture decoded in a process of its own, which is ended with the call: whatever a file does to the decoder, it does
/// not do it here. The program has to call `PictureHelper.runIfAsked` first.
public enum PictureProcess {
    private static let executable = "/proc/self/exe"
    /// For all of it, whatever the processor time.
    private static let timeout = Duration.seconds(60)
    /// What comes back has at most this size: a JPEG file of 16 megapixels.
    private static let maxAnswer = 64 << 20

    /// A photo that somebody has sent, upright and without anything but the picture.
    /// - Parameter photo: a file's content.
    /// - Returns: a JPEG file.
    /// - Throws: `VisageError` (unreadable) saying what is wrong with it, (engine) if no process can be started.
    public static func clean(photo: Data) throws -> Data {
        guard photo.count <= Photo.maxFileBytes else {
            throw VisageError(
                .unreadable, "cannot be read as a picture", cause: "it is larger than \(Photo.maxFileBytes >> 20) MiB")
        }
        return try run(PictureHelper.Task(), photo)
    }

    /// The frame of a recording, nearest to a time.
    /// - Parameter milliseconds: from the beginning of the file, as `recording.offset_ms` of an event.
    /// - Returns: a JPEG file.
    /// - Throws: `VisageError` (notFound, unreadable), (engine) if no process can be started.
    public static func frame(of recording: URL, at milliseconds: Int) throws -> Data {
        guard access(recording.path, R_OK) == 0 else { throw missing(recording) }
        return try run(PictureHelper.Task(recording: recording.path, milliseconds: milliseconds), Data())
    }

    /// A part of a frame of a recording, for a face that is shown small.
    /// - Parameters:
    ///   - milliseconds: as for `frame`.
    ///   - box: the part, in pixels of the frame.
    ///   - longestSide: of what is returned, in pixels; a smaller part is not enlarged.
    /// - Returns: a JPEG file.
    /// - Throws: `VisageError`, as `frame`.
    public static func part(of recording: URL, at milliseconds: Int, box: BoundingBox, longestSide: Int) throws -> Data
    {
        guard access(recording.path, R_OK) == 0 else { throw missing(recording) }
        return try run(
            PictureHelper.Task(
                recording: recording.path, milliseconds: milliseconds, box: [box.x, box.y, box.width, box.height],
                longestSide: longestSide), Data())
    }

    private static func missing(_ recording: URL) -> VisageError {
        VisageError(
            .notFound, "The recording \(recording.path) cannot be read", cause: String(cString: strerror(errno)))
    }

    private static func run(_ task: PictureHelper.Task, _ content: Data) throws -> Data {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw failure(errno)
        }
        let socket = ends[0]
        defer { close(socket) }
        let process: pid_t
        do {
            defer { close(ends[1]) }
            process = try start(ends[1])
        }
        defer {
            kill(process, SIGKILL)
            var status = Int32()
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
        let deadline = MonotonicTime.now + timeout
        let text = try JSONEncoder().encode(task)
        let head = Data((0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
        // One that has refused already says so: what is not taken any more does not matter.
        _ = send(head + text + content, socket, until: deadline)
        shutdown(socket, Int32(SHUT_WR))
        let answer = try receive(socket, until: deadline)
        guard answer.first == UInt8(ascii: "+"), answer.count > 1 else {
            let reason =
                answer.first == UInt8(ascii: "-")
                ? String(decoding: answer.dropFirst(), as: UTF8.self) : "the process that decodes it was ended"
            throw VisageError(.unreadable, "cannot be read as a picture", cause: TerminalText.escaped(reason))
        }
        return answer.dropFirst()
    }

    private static func start(_ input: Int32) throws -> pid_t {
        let variables = ["LD_", "LC_", "LANG", "TZ", "ASAN_", "TSAN_", "UBSAN_", "LLVM_"]
        let environment =
            ProcessInfo.processInfo.environment.filter { key, _ in variables.contains { key.hasPrefix($0) } }
            .map { "\($0)=\($1)" } + ["SWIFT_BACKTRACE=enable=no"]
        let arguments = [strdup(PictureHelper.name), nil]
        let values = environment.map { strdup($0) } + [nil]
        defer { for word in arguments + values { free(word) } }
        var process = pid_t()
        let code = visage_spawn(&process, executable, input, arguments, values)
        guard code == 0 else { throw failure(code) }
        return process
    }

    private static func failure(_ code: Int32) -> VisageError {
        VisageError(.engine, "No process for pictures can be started", cause: String(cString: strerror(code)))
    }

    private static func wait(_ socket: Int32, _ events: Int32, until deadline: MonotonicTime) -> Bool {
        while true {
            let left = (deadline - .now).inNanoseconds
            guard left > 0 else { return false }
            var poller = pollfd(fd: socket, events: Int16(events), revents: 0)
            let count = poll(&poller, 1, Int32(min(Int64(1_000), (left + 999_999) / 1_000_000)))
            if count > 0 { return true }
            guard count == 0 || errno == EINTR else { return false }
        }
    }

    private static func send(_ data: Data, _ socket: Int32, until deadline: MonotonicTime) -> Bool {
        data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
            var done = 0
            while let base = bytes.baseAddress, done < bytes.count {
                guard wait(socket, POLLOUT, until: deadline) else { return false }
                let count = Foundation.send(
                    socket, base + done, bytes.count - done, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }

    private static func receive(_ socket: Int32, until deadline: MonotonicTime) throws -> Data {
        var answer = Data()
        var part = [UInt8](repeating: 0, count: 1 << 18)
        while wait(socket, POLLIN, until: deadline) {
            let count = read(socket, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return answer }
            answer.append(contentsOf: part[..<count])
            guard answer.count <= maxAnswer else { break }
        }
        throw VisageError(.unreadable, "cannot be read as a picture", cause: "to decode it takes too long")
    }
}
