import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

/// A camera on the network: `rtsp_camera.py`, which says what it does and takes commands.
final class RTSPCameraUnderTest: Sendable {
    /// Streams, named as in addresses and files.
    enum Codec: String, CaseIterable, Sendable, CustomStringConvertible {
        case h264, h265, mjpeg

        var description: String { rawValue }
    }

    struct Login: Sendable {
        enum Scheme: String, CaseIterable, Sendable { case basic, digest }
        var scheme: Scheme
        var user = "viewer"
        var password: String

        fileprivate func write(to folder: ScratchFolder) throws {
            try Data("\(scheme)\n\(user)\n\(password)\n".utf8).write(to: folder.file("login"))
        }
    }

    /// What it says; see the script.
    struct Message: Decodable, Sendable {
        let at: Int64
        var ready: Int?
        var did: String?
        var play: String?
        var gone: Bool?
        var key: String?
        var size: String?
        var number: Int?
        var held: String?
        var clients: Int?

        var time: MonotonicTime { MonotonicTime(nanoseconds: at) }
    }

    let port: Int
    private let folder: ScratchFolder
    private let network: PrivateNetwork?
    /// The one that runs, and what its predecessors said.
    private let state: Mutex<(program: Program, before: String)>

    /// Starts one at a free port.
    static func start(
        _ material: Material, login: Login? = nil, in network: PrivateNetwork? = nil
    ) async throws -> RTSPCameraUnderTest {
        let folder = try ScratchFolder()
        let streams = try await RTSPStreams.make(material)
        for name in RTSPStreams.names {
            try FileManager.default.createSymbolicLink(
                at: folder.file(name), withDestinationURL: streams.appending(path: name))
        }
        try login?.write(to: folder)
        return try await start(in: folder, network)
    }

    /// Starts one at a free port, with the streams that are in `folder`.
    static func start(in folder: ScratchFolder, _ network: PrivateNetwork? = nil) async throws -> RTSPCameraUnderTest {
        let program = try launch(folder, port: 0, network)
        let port = try await ready(program)
        return RTSPCameraUnderTest(folder, network, program, port)
    }

    private init(
        _ folder: ScratchFolder, _ network: PrivateNetwork?, _ program: Program, _ port: Int
    ) {
        (self.folder, self.network, self.port) = (folder, network, port)
        state = Mutex((program, ""))
    }

    private static func launch(
        _ folder: ScratchFolder, port: Int, _ network: PrivateNetwork?
    ) throws -> Program {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "rtsp_camera.py").path
        var words = (network?.enter ?? []) + ["/usr/bin/python3", script, folder.url.path, "--port", "\(port)"]
        let login = folder.file("login").path
        if FileManager.default.fileExists(atPath: login) { words += ["--login", login] }
        return try Program(words[0], Array(words.dropFirst()))
    }

    private static func ready(_ program: Program) async throws -> Int {
        var port: Int?
        _ = await eventually {
            port = parse(program.output).lazy.compactMap(\.ready).first
            return port != nil || program.hasEnded
        }
        return try #require(port, "the camera did not start: \(program.errors)")
    }

    /// The whole lines of what it printed.
    private static func parse(_ output: String) -> [Message] {
        output[..<(output.lastIndex(of: "\n") ?? output.startIndex)].split(separator: "\n")
            .compactMap { try? JSONDecoder().decode(Message.self, from: Data($0.utf8)) }
    }

    /// All that it has said, in all its lives.
    var messages: [Message] { Self.parse(state.withLock { $0.before + $0.program.output }) }
    /// Connections now.
    var clients: Int { messages.last { $0.clients != nil }?.clients ?? 0 }
    /// How often somebody began to watch.
    var plays: Int { messages.count { $0.play != nil } }
    var errors: String { state.withLock { $0.program.errors } }

    func url(_ codec: Codec = .h264, credentials: String = "") -> String {
        "rtsp://\(credentials.isEmpty ? "" : credentials + "@")127.0.0.1:\(port)/\(codec)"
    }

    /// Gives a command and waits until it is obeyed.
    /// - Returns: when it was.
    @discardableResult func tell(_ command: String) async throws -> MonotonicTime {
        let said = messages.count
        let pipe = open(folder.file("commands").path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(pipe >= 0, "the camera does not listen: \(errors)")
        defer { close(pipe) }
        let line = Array("\(command)\n".utf8)
        try #require(write(pipe, line, line.count) == line.count)
        var done: Message?
        _ = await eventually {
            done = messages.dropFirst(said).first { $0.did == command }
            return done != nil
        }
        return try #require(done, "the camera does not obey: \(errors)").time
    }

    /// SIGSTOP and SIGCONT.
    /// - Returns: when it was sent.
    @discardableResult func signal(_ number: Int32) -> MonotonicTime {
        let time = MonotonicTime.now
        state.withLock { $0.program.signal(number) }
        return time
    }

    /// Ends it at once.
    @discardableResult func kill() async throws -> MonotonicTime {
        let program = state.withLock { $0.program }
        let time = signal(SIGKILL)
        try await program.wait()
        return time
    }

    /// Starts it again at the same port after `kill`.
    /// - Parameter login: who may see it from now on, if that is to change
    /// - Returns: when it listened.
    @discardableResult func restart(login: Login? = nil) async throws -> MonotonicTime {
        try login?.write(to: folder)
        let program = try Self.launch(folder, port: port, network)
        state.withLock { $0 = (program, $0.before + $0.program.output) }
        _ = try await Self.ready(program)
        return Self.parse(program.output).first?.time ?? .now
    }
}
