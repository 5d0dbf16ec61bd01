import Foundation
import TestSupport
import Testing

/// A line to a broker that can be cut, and that counts: see `fleet_link.py`.
final class FleetLink: Sendable {
    let port: Int
    private let program: Program

    init(broker: Int) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "fleet_link.py").path
        let program = try Program("/usr/bin/python3", [script, "\(broker)"])
        _ = await eventually { program.output.hasSuffix("\n") || program.hasEnded }
        port = try #require(
            Int(program.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(program.errors)")
        self.program = program
    }

    /// The section `fleet` of a machine whose line this is.
    var servers: String { "[tls://127.0.0.1:\(port)]" }

    /// Nothing gets through any more; neither end is told.
    func cut() { program.signal(SIGSTOP) }
    func mend() { program.signal(SIGCONT) }

    /// Bytes that went to the broker, and those that came from it.
    func traffic() async throws -> (sent: Int, received: Int) {
        let lines = program.output.count { $0 == "\n" }
        program.signal(SIGUSR1)
        try #require(await eventually { program.output.count { $0 == "\n" } > lines })
        let numbers = (program.output.split(separator: "\n").last ?? "").split(separator: " ").compactMap { Int($0) }
        try #require(numbers.count == 2)
        return (numbers[0], numbers[1])
    }
}
