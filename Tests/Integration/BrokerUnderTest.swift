import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

/// A mosquitto on a port of its own at 127.0.0.1, and what a subscriber of it has received.
final class BrokerUnderTest: Sendable {
    /// How clients come in.
    enum Access {
        case anybody
        /// With a password; and, if there are certificates, encrypted.
        case user(String, password: String, Certificates?)
    }

    static let isInstalled =
        ["/usr/sbin/mosquitto", "/usr/bin/mosquitto_sub", "/usr/bin/mosquitto_passwd"]
        .allSatisfy(FileManager.default.isExecutableFile)

    let port: Int
    private let folder: ScratchFolder
    private let access: Access
    private let program = Mutex<Program?>(nil)

    /// Starts it.
    init(_ access: Access = .anybody, in folder: ScratchFolder) async throws {
        self.folder = folder
        self.access = access
        port = try Self.freePort()
        try await configure()
        try await start()
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        try #require(result == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private func configure() async throws {
        var lines = [
            "user \(NSUserName())", "listener \(port) 127.0.0.1", "persistence false", "log_dest stderr",
            "log_type error", "log_type warning", "log_type notice", "log_type information",
            "log_type subscribe",
            // A test's subscriber may be slower than a replay.
            "max_queued_messages 0", "max_inflight_messages 0",
        ]
        switch access {
        case .anybody: lines.append("allow_anonymous true")
        case .user(let user, let password, let certificates):
            let file = folder.file("passwords").path
            let outcome = try await Program.run("mosquitto_passwd", ["-b", "-c", file, user, password])
            try #require(outcome.exitCode == 0, "\(outcome)")
            lines += ["allow_anonymous false", "password_file \(file)"]
            if let certificates {
                lines += [
                    "cafile \(certificates.authority)", "certfile \(certificates.server)",
                    "keyfile \(certificates.serverKey)", "require_certificate true",
                ]
            }
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.file("mosquitto.conf"))
    }

    func start() async throws {
        let started = try Program("/usr/sbin/mosquitto", ["-c", folder.file("mosquitto.conf").path])
        program.withLock { $0 = started }
        let isUp = await eventually { started.errors.contains("running") || started.hasEnded }
        try #require(isUp && !started.hasEnded, "\(started.errors)")
    }

    /// Ends it at once, with all that it had retained.
    func kill() async throws {
        let running = program.withLock { $0.take() }
        running?.signal(SIGKILL)
        _ = try await running?.wait()
    }

    /// A subscriber of these topics. What came is a line for each message: topic, a blank, payload.
    /// - Parameter form: of such a line, as `mosquitto_sub -F` takes it.
    func subscribe(_ topics: String..., retained: Bool = false, form: String? = nil) async throws -> Program {
        var words = ["-h", "127.0.0.1", "-p", "\(port)", "-q", "1", "-F", form ?? (retained ? "%r %t %p" : "%t %p")]
        if case .user(let user, let password, let certificates) = access {
            words += ["-u", user, "-P", password]
            if let certificates {
                words += [
                    "--cafile", certificates.authority, "--cert", certificates.client, "--key", certificates.clientKey,
                ]
            }
        }
        let name = "sub-\(UUID().uuidString.prefix(8))"
        let subscriber = try Program("mosquitto_sub", words + ["-i", name] + topics.flatMap { ["-t", $0] })
        // Once the broker logs it, nothing that is published is missed.
        let isThere = await eventually { self.log.contains("\(name) 1 \(topics.last ?? "")") }
        #expect(isThere, "\(log)\n\(subscriber.errors)")
        return subscriber
    }

    private var log: String { program.withLock { $0?.errors ?? "" } }
}

extension Program {
    /// The payloads that a subscriber has received under a topic.
    func payloads(_ topic: String) -> [String] {
        output.split(separator: "\n").filter { $0.hasPrefix(topic + " ") }.map {
            String($0.dropFirst(topic.utf8.count + 1))
        }
    }

    /// The numbers of the event lines that a subscriber has received, in the order in which they came.
    func numbers(_ topic: String) -> [Int64] {
        payloads(topic).compactMap { line in
            line.firstMatch(of: #/"seq":([0-9]+)/#).flatMap { Int64($0.1) }
        }
    }
}

/// An authority, and certificates by it for `localhost` and for a client.
struct Certificates {
    let authority, server, serverKey, client, clientKey: String

    /// - Parameter name: in the server's certificate.
    init(in folder: ScratchFolder, name: String = "localhost") async throws {
        func path(_ name: String) -> String { folder.file(name).path }
        (authority, server, serverKey) = (path("ca.pem"), path("server.pem"), path("server.key"))
        (client, clientKey) = (path("client.pem"), path("client.key"))
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        try await Self.openssl(
            ["req", "-x509", "-keyout", path("ca.key"), "-out", authority, "-subj", "/CN=Test authority"] + key)
        for (file, subject) in [("server", name), ("client", "visage")] {
            try Data("subjectAltName=DNS:\(subject)\n".utf8).write(to: folder.file("names"))
            try await Self.openssl(
                ["req", "-keyout", path("\(file).key"), "-out", path("request"), "-subj", "/CN=\(subject)"] + key)
            try await Self.openssl([
                "x509", "-req", "-in", path("request"), "-CA", authority, "-CAkey", path("ca.key"),
                "-set_serial", file == "server" ? "1" : "2", "-days", "2", "-extfile", path("names"), "-out",
                path("\(file).pem"),
            ])
        }
    }

    private static func openssl(_ words: [String]) async throws {
        let outcome = try await Program.run("openssl", words)
        try #require(outcome.exitCode == 0, "\(outcome)")
    }
}
