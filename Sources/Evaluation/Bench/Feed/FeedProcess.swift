import Foundation
import VisageCore

/// The running process of `FeedServer`. It ends with this object, or with the process that made it.
final class FeedProcess {
    private let process = Process()
    private let input = Pipe()
    private let port: Int

    /// - Throws: `VisageError.engine` if it does not start.
    init(clip: String, cameras: Int) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/proc/self/exe")
        process.arguments = [FeedServer.argument, clip, "\(cameras)"]
        (process.standardInput, process.standardOutput) = (input, output)
        do { try process.run() } catch {
            throw VisageError(.engine, "The cameras cannot be started", cause: "\(error)")
        }
        // A line, or nothing if it has failed, which it has then said itself.
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw VisageError(.engine, "The cameras cannot be started")
        }
        self.port = port
    }

    deinit { try? input.fileHandleForWriting.close() }

    var identifier: pid_t { process.processIdentifier }

    /// The address of a camera, from 0.
    func address(of camera: Int) -> String { "rtsp://127.0.0.1:\(port)/\(camera)" }
}
