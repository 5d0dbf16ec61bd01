import Foundation
import TestSupport
import Testing
import VisageCore

/// The configuration and the state of a `visage-mqtt`.
struct BridgeHome {
    let folder: ScratchFolder

    init(_ folder: ScratchFolder) { self.folder = folder }

    func configure(port: Int, host: String = "127.0.0.1", _ keys: [String] = []) throws {
        let own = [
            "host: '\(host)'", "port: \(port)", "machine: lab", "state: mqtt-state",
        ]
        let text = """
            state: state
            events: {socket: events.sock}
            frames: {folder: .}
            recording: {folder: recordings}
            cameras: [{name: demo, source: /clip.mp4}]
            mqtt:
            \((own + keys).map { "  \($0)" }.joined(separator: "\n"))

            """
        try Data(text.utf8).write(to: folder.file("mqtt.yaml"))
    }

    func start() throws -> Program {
        try Program(Programs.path("visage-mqtt"), ["--config", folder.file("mqtt.yaml").path])
    }

    private struct Kept: Decodable {
        struct Place: Decodable {
            let seq: Int64?
        }

        let place: Place
        let retained: [String]
    }

    private func kept() throws -> Kept {
        try JSONDecoder().decode(Kept.self, from: Data(contentsOf: folder.file("mqtt-state/place.json")))
    }

    /// The place on disk.
    func place() throws -> Int64? { try kept().place.seq }
    func retained() throws -> [String] { try kept().retained.sorted() }

    /// Kills the program again and again, at any moment, while events go on, and the broker once.
    func killAtRandom(times: Int, _ broker: BrokerUnderTest, _ source: EventSource) async throws -> Arrivals {
        // Without Home Assistant, whose pauses would make this slow.
        try configure(port: broker.port, ["discovery: ''"])
        var subscribers = [try await broker.subscribe("visage/lab/events")]
        var bridge = try start()
        // So that its place is the beginning.
        #expect(await eventually { (try? place()) != nil }, "\(bridge.errors)")
        var random = SeededRandom(14)
        var last: Int64 = 0
        for round in 0..<times {
            last = source.publish(Int.random(in: 20...400, using: &random))
            await letPass(.milliseconds(Int.random(in: 0...250, using: &random)))
            bridge.signal(SIGKILL)
            _ = try await bridge.wait()
            if round == times / 2 {
                try await broker.kill()
                subscribers.last?.signal(SIGKILL)
                try await broker.start()
                subscribers.append(try await broker.subscribe("visage/lab/events"))
            }
            last = source.publish(Int.random(in: 0...50, using: &random))
            bridge = try start()
        }
        last = source.publish(10)
        #expect(
            await eventually { subscribers.last?.numbers("visage/lab/events").last == last }, "\(bridge.errors)")
        #expect(await eventually { (try? place()) == last })
        bridge.signal(SIGTERM)
        #expect(try await bridge.wait().exitCode == 0)
        await source.end()
        return Arrivals(subscribers.flatMap { $0.numbers("visage/lab/events") }, upTo: last)
    }
}
