import Events
import Foundation
import Publishing
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct CrowdTests {
    @Test func aThousandUnrulySubscribersDisturbNobody() async throws {
        FileLimit.raise()
        let fixture = try await Fixture.make { $0.requestWait = .milliseconds(200) }
        let good = try fixture.connect(EventRequest())
        _ = try good.next(.hello)
        let count = 2_000
        let seen = Atomic(0)
        let reading = onThread {
            try good.upTo(Int64(count)) { seen.store(Int($0), ordering: .relaxed) }
        }
        let crowd = onThread {
            var kept: [EventClient] = []
            for index in 0..<1_000 {
                fixture.hub.publish(.sample(.appeared, track: 2 * index))
                fixture.hub.publish(.sample(.lost, track: 2 * index))
                // The test's reader is slow, for it checks every line; it must not be the one who has gaps.
                let deadline = MonotonicTime.now + testTimeout
                while 2 * index - seen.load(ordering: .relaxed) > 400, MonotonicTime.now < deadline {
                    Thread.sleep(forTimeInterval: 0.001)
                }
                let client = try EventClient(connectingTo: fixture.path)
                switch index % 5 {
                case 0: break  // Silent, does not read.
                case 1: try? client.send(bytes: [UInt8](repeating: 0x7B, count: 20_000))
                case 2: try? client.send(bytes: Array("\n\n{}}\n\0\u{FF}\n".utf8))
                case 3: try? client.send(EventRequest(since: 0, types: ["frame", "face.appeared"]))
                default: continue  // Vanishes.
                }
                kept.append(client)
            }
            fixture.hub.flush()
            return kept.count
        }
        #expect(try await crowd.value == 800)
        #expect(try await reading.value.compactMap(\.seq) == Array(1...Int64(count)))
        #expect(fixture.log.newest == Int64(count))
        #expect(await eventually { await fixture.server.subscribers == 1 })
        #expect(await eventually { !fixture.hub.wantsFrames })
        await fixture.end()
    }

    @Test func aSmallFileLimitRefusesButDoesNotKill() async throws {
        let fixture = try await Fixture.make { ($0.subscribers, $0.requestWait) = (20, .milliseconds(50)) }
        let clients = try (0..<40).map { _ in try fixture.connect() }
        var refused = 0
        for client in clients where try client.next().type == .error { refused += 1 }
        // Nobody holds more than are left.
        #expect(refused == 30)
        await fixture.end()
    }

    @Test(arguments: [["socat", "-u", "UNIX-CONNECT:PATH", "-"], ["nc", "-U", "PATH"]])
    func standardToolsTailTheEvents(command: [String]) async throws {
        let fixture = try await Fixture.make { $0.requestWait = .milliseconds(50) }
        let arguments = command.dropFirst().map { $0.replacingOccurrences(of: "PATH", with: fixture.path) }
        let tool = try Program(command[0], Array(arguments))
        #expect(await eventually { await fixture.server.subscribers == 1 })
        for track in 1...3 { fixture.hub.publish(.sample(.appeared, track: track)) }
        let validator = try EventSchemaValidator(schema: EventSchema.json)
        #expect(await eventually { tool.output.contains(#""seq":3"#) })
        let lines = tool.output.split(separator: "\n").map(String.init)
        for line in lines { try validator.check(line) }
        #expect(
            try lines.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)).seq } == [nil, 1, 2, 3])
        await fixture.end()
    }
}
