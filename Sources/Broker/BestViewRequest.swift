import Foundation
import VisageCore

/// Has `visage still` cut the best view of a visitor's face out of the recording, in a process of its own, without ever
/// waiting for it. That process decodes within walls.
final class BestViewRequest {
    /// Pixels, as many as a card of Home Assistant shows.
    private static let longestSide = 480
    /// More than such a picture takes.
    private static let maxBytes = 4 << 20
    /// The end of a recording is not on disk at once.
    private static let pauses: [Duration] = [.seconds(1), .seconds(3), .seconds(10)]
    private static let limit = Duration.seconds(30)

    private let view: BestView
    private let program: String
    private let folder: String
    private var tries = 0
    /// When to begin, or how long the process may take.
    private(set) var deadline = MonotonicTime.now + BestViewRequest.pauses[0]
    private var process: Process?
    private var output: FileHandle?
    private var picture = Data()

    /// - Parameters:
    ///   - program: path of `visage`.
    ///   - folder: of the recordings.
    init(_ view: BestView, program: String, folder: String) {
        (self.view, self.program, self.folder) = (view, program, folder)
    }

    deinit { end() }

    /// To wait at, while the process runs.
    var descriptor: Int32? { output?.fileDescriptor }
    var isRunning: Bool { process != nil }

    /// Does what can be done without waiting.
    /// - Parameter mayStart: whether a process may be started.
    /// - Returns: the picture, or an empty one if there will be none; nil: not yet.
    func work(mayStart: Bool) -> [UInt8]? {
        guard let output, let process else {
            guard mayStart, MonotonicTime.now >= deadline else { return nil }
            return start() ? nil : []
        }
        switch read(output) {
        case .more:
            guard MonotonicTime.now >= deadline else { return nil }
            end()
            return []
        case .tooMuch:
            end()
            return []
        case .end:
            // It has closed its output as it ended.
            process.waitUntilExit()
            let found = process.terminationReason == .exit && process.terminationStatus == 0 && !picture.isEmpty
            let result = Array(picture)
            end()
            if found { return result }
            tries += 1
            guard tries < Self.pauses.count * view.moments.count else { return [] }
            // The other recording at once, the same one once more of it may be on disk.
            let pause = tries % view.moments.count == 0 ? Self.pauses[tries / view.moments.count] : .zero
            deadline = .now + pause
            return nil
        }
    }

    private enum Reading { case more, end, tooMuch }

    private func read(_ output: FileHandle) -> Reading {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(output.fileDescriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return .more }
            guard count > 0 else { return .end }
            picture.append(contentsOf: chunk.prefix(count))
            if picture.count > Self.maxBytes { return .tooMuch }
        }
    }

    private func start() -> Bool {
        let moment = view.moments[tries % view.moments.count]
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [
            "still", "--at=\(moment.offsetMs)", "--box=\(view.box.map { "\($0)" }.joined(separator: ","))",
            "--size=\(Self.longestSide)", "--output=-", "--", "\(folder)/\(view.camera)/\(moment.file)",
        ]
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        let output = pipe.fileHandleForReading
        _ = fcntl(output.fileDescriptor, F_SETFL, O_NONBLOCK)
        (self.process, self.output, deadline) = (process, output, .now + Self.limit)
        return true
    }

    private func end() {
        if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
        (process, output, picture) = (nil, nil, Data())
    }
}
