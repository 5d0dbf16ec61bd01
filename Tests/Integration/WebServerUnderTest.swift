import Foundation
import TestSupport
import Testing

/// A `visage-web` beside a daemon, with two users.
struct WebServerUnderTest {
    static let password = "correct-horse-7"

    let program: Program
    let port: Int

    var address: String { "http://127.0.0.1:\(port)" }

    /// Starts it with the daemon's configuration and waits until it serves.
    /// - Parameter file: the configuration; a section `web` is added.
    static func start(_ file: URL) async throws -> WebServerUnderTest {
        let port = try freePort()
        var text = try String(contentsOf: file, encoding: .utf8)
        text += "web: {port: \(port)}\n"
        let own = file.deletingLastPathComponent().appending(path: "web.yaml")
        try Data(text.utf8).write(to: own)
        for (name, role) in [("editor", "editor"), ("viewer", "viewer")] {
            let outcome = try await Program.run(
                "sh",
                [
                    "-c", #"echo "$1" | "$0" web-password "$2" --role "$3" --config "$4""#, Programs.visage, password,
                    name,
                    role, own.path,
                ])
            try #require(outcome.exitCode == 0, "\(outcome)")
        }
        let program = try Program(Programs.visageWeb, ["--config", own.path])
        let server = WebServerUnderTest(program: program, port: port)
        #expect(await eventually { program.errors.contains("Serving on") || program.hasEnded })
        try #require(!program.hasEnded, "\(program.errors)")
        return server
    }

    /// Asks for something as a user.
    /// - Returns: the status and the content.
    func get(_ path: String, as user: String = "viewer") async throws -> (status: String, text: String) {
        let outcome = try await Program.run(
            "curl",
            [
                "-s", "--max-time", "\(testTimeoutSeconds)", "-u", "\(user):\(Self.password)", "-w", "\n%{http_code}",
                address + path,
            ])
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
    }

    /// Sends JSON as a user.
    /// - Returns: the status and the content.
    func post(_ path: String, _ json: String, as user: String = "editor") async throws -> (status: String, text: String)
    {
        let outcome = try await Program.run(
            "curl",
            [
                "-s", "--max-time", "\(testTimeoutSeconds)", "-u", "\(user):\(Self.password)", "-w", "\n%{http_code}",
                "-H", "Content-Type: application/json", "-d", json, address + path,
            ])
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
    }

    /// Asks it to stop, and sees that it does so without a complaint.
    func stop() async throws {
        program.signal(SIGTERM)
        let outcome = try await program.wait()
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(!outcome.errors.contains(" error: ") && !outcome.errors.contains("Fatal"), "\(outcome)")
    }

    /// A port of 127.0.0.1 that nobody listens on.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
