import Events
import Foundation
import Publishing
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Brokers with TLS and permissions as `visage-fleet enroll` makes them, on ports of their own at 127.0.0.1, and machines
/// that take part.
final class FleetUnderTest: Sendable {
    static let nats = Workspace.folder.appending(path: ".vendor/nats/bin/nats-server").path
    static let isInstalled = FileManager.default.isExecutableFile(atPath: nats)
    static let needed = "nats-server is not here; `make test-system` brings it"

    /// The one that Debian has, in the package `nats-server`.
    static let debian = "/usr/sbin/nats-server"

    let folder: ScratchFolder
    let ports: [Int]
    /// What the first broker stores its streams on, if it has a disk of its own.
    let disk: MountedDisk?
    private let server: String
    private let programs = Mutex<[Int: Program]>([:])

    var enrollment: URL { folder.file("fleet") }

    /// Enrolls the machines, starts the brokers and makes their streams.
    /// - Parameter megabytes: of the first broker's disk, which is then one of its own; that takes root.
    init(
        brokers: Int = 3, machines: [String], viewers: [String] = [], editors: [String] = [],
        server: String = FleetUnderTest.nats, disk megabytes: Int? = nil, in folder: ScratchFolder
    ) async throws {
        (self.folder, self.server) = (folder, server)
        ports = try Self.freePorts(brokers)
        var words = ["enroll", folder.file("fleet").path, "--in-place"]
        words += ports.flatMap { ["--server", "127.0.0.1:\($0)"] } + machines.flatMap { ["--machine", $0] }
        words += viewers.flatMap { ["--viewer", $0] } + editors.flatMap { ["--editor", $0] }
        try await Self.fleet(words)
        if let megabytes {
            let data = folder.file("fleet/servers/127.0.0.1-\(ports[0])/data")
            disk = try await MountedDisk(megabytes: megabytes, at: data)
        } else {
            disk = nil
        }
        for index in 0..<brokers { try start(broker: index) }
        try await Self.fleet(["streams", enrollment.path])
    }

    @discardableResult static func fleet(_ words: [String]) async throws -> Program.Outcome {
        let outcome = try await Program.run(Programs.path("visage-fleet"), words)
        try #require(outcome.exitCode == 0, "\(words): \(outcome)")
        return outcome
    }

    /// Bases of ports: of clients, of other brokers (+2000) and of monitoring (+4000).
    private static func freePorts(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        // Each process that runs tests has a range of its own: between this check and the start others might take them.
        let first = 20_000 + Int(getpid()) % 16 * 125
        while ports.count < count {
            let port = Int.random(in: first..<first + 125)
            if ([0, 2000, 4000].allSatisfy { isFree(port + $0) }), !ports.contains(port) { ports.append(port) }
        }
        return ports
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    func start(broker index: Int) throws {
        let file = enrollment.appending(path: "servers/127.0.0.1-\(ports[index])/nats-server.conf")
        let program = try Program(server, ["-c", file.path])
        programs.withLock { $0[index] = program }
    }

    func signal(broker index: Int, _ number: Int32) { programs.withLock { $0[index]?.signal(number) } }

    /// Ends it at once.
    func kill(broker index: Int) async throws {
        let program = programs.withLock { $0.removeValue(forKey: index) }
        program?.signal(SIGKILL)
        _ = try await program?.wait()
    }

    /// What the broker has printed.
    func log(broker index: Int) -> String { programs.withLock { $0[index]?.errors ?? "" } }

    func reload(broker index: Int) { signal(broker: index, SIGHUP) }
}

/// A machine of a fleet: the configuration of its visage-fleet, with an event socket in a folder of its own.
struct MachineUnderTest {
    let name: String
    let folder: ScratchFolder
    private let fleet: FleetUnderTest

    /// - Parameters:
    ///   - changes: lines of the section `fleet` that replace those of the enrollment.
    init(_ name: String, _ fleet: FleetUnderTest, _ changes: [String: String] = [:]) throws {
        (self.name, self.fleet) = (name, fleet)
        folder = try ScratchFolder()
        try configure(changes)
    }

    func configure(_ changes: [String: String] = [:]) throws {
        let text = """
            gallery: gallery
            state: state
            events: {socket: events.sock}
            cameras: [{name: demo, source: /clip.mp4}]
            \(try section(changes))

            """
        try Data(text.utf8).write(to: URL(filePath: config))
    }

    /// The section `fleet`, for the daemon's configuration as well.
    func section(_ changes: [String: String]) throws -> String {
        let own = fleet.enrollment.appending(path: "machines/\(name)")
        var lines = try String(contentsOf: own.appending(path: "fleet.yaml"), encoding: .utf8)
            .replacing("/etc/visage/fleet", with: own.path).split(separator: "\n").map(String.init)
        let all = changes.merging(["state": "fleet-state", "socket": "fleet.sock"]) { change, _ in change }
        for (key, value) in all {
            lines.removeAll { $0.hasPrefix("  \(key):") }
            lines.append("  \(key): \(value)")
        }
        return lines.joined(separator: "\n")
    }

    func start() throws -> Program { try Program(Programs.path("visage-fleet"), ["--config", config]) }

    var config: String { folder.file("fleet.yaml").path }
    var socket: String { folder.file("fleet.sock").path }
}

/// What a subscriber of the events of all machines has got.
struct FleetReading {
    private struct Head: Decodable {
        let type: String
        let machine: String?
        let position: UInt64?
        let seq: Int64?
    }

    /// The numbers by machine, as they came.
    private(set) var numbers: [String: [Int64]] = [:]
    private(set) var gaps = 0
    private var positions: [String: UInt64] = [:]
    private(set) var isDense = true
    private var client: EventClient?
    private let socket: String

    init(_ socket: String) { self.socket = socket }

    /// Reads what is there, from where it was; also after the service was restarted.
    mutating func read() {
        if client == nil {
            client = try? EventClient(connectingTo: socket)
            let since = positions.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
            let request = positions.isEmpty ? "{\"since\": 0}\n" : "{\"since\": {\"*\": 0, \(since)}}\n"
            try? client?.send(bytes: Array(request.utf8))
        }
        while let client {
            let reading = try? client.next(timeout: .milliseconds(20))
            guard case .line(let line)? = reading else {
                if reading != .timedOut { self.client = nil }
                return
            }
            guard let head = try? JSONDecoder().decode(Head.self, from: Data(line.utf8)), let machine = head.machine,
                let position = head.position
            else { continue }
            if position != (positions[machine] ?? 0) + 1 { isDense = false }
            positions[machine] = position
            if head.type == "gap" { gaps += 1 }
            if let seq = head.seq { numbers[machine, default: []].append(seq) }
        }
    }

    /// Whether all events of a machine came, each once and in order.
    func isComplete(_ machine: String, upTo last: Int64) -> Bool {
        isDense && gaps == 0 && numbers[machine] == Array(1...last)
    }

    func summary(_ machine: String) -> String {
        let all = numbers[machine] ?? []
        let backwards = zip(all, all.dropFirst()).count { $0 >= $1 }
        return
            "\(machine): \(all.count) events, \(Set(all).count) different, \(backwards) out of order, last \(all.last ?? 0)"
    }
}
