import Foundation
import TestSupport
import Testing

/// A server that lies: `hostile_camera.py`, which says what each mode is.
final class HostileCamera: Sendable {
    let port: Int
    private let program: Program

    static func start(_ mode: String, _ options: String...) async throws -> HostileCamera {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "hostile_camera.py").path
        let program = try Program("/usr/bin/python3", [script, mode] + options)
        var port: Int?
        _ = await eventually {
            port = program.output.split(separator: "\n").first?.split(separator: " ").last.flatMap { Int($0) }
            return port != nil || program.hasEnded
        }
        return HostileCamera(try #require(port, "the camera did not start: \(program.errors)"), program)
    }

    private init(_ port: Int, _ program: Program) { (self.port, self.program) = (port, program) }

    deinit { program.signal(SIGKILL) }

    /// The requests that it was sent: the method, and what authorizes it.
    var requests: [String] { program.output.split(separator: "\n").dropFirst().map(String.init) }
}
