import Events
import Foundation
import TestSupport
import Testing
import VisageCore

/// Kills and cuts at random while machines publish.
struct FleetChaos {
    /// What happened.
    struct Result: CustomStringConvertible {
        var kills: [String: Int] = [:]
        var lost = 0
        var twice = 0
        var outOfOrder = 0
        var events = 0
        var catchUp = Duration.zero
        /// Of visage-fleet, in KiB.
        var memory = 0

        var isComplete: Bool { lost == 0 && twice == 0 && outOfOrder == 0 }
        var description: String {
            let faults = kills.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            return """
                \(events) events, \(faults): \(lost) lost, \(twice) twice, \(outOfOrder) out of order; caught up in \
                \(String(format: "%.1f", catchUp.inSeconds)) s; at most \(memory / 1024) MiB
                """
        }
    }

    let fleet: FleetUnderTest
    /// The first is the viewer.
    let machines: [MachineUnderTest]
    let sources: [EventSource]
    let faults: Int
    let seed: UInt64

    func run() async throws -> Result {
        var random = SeededRandom(seed)
        var result = Result()
        var programs = try machines.map { try $0.start() }
        var reading = FleetReading(machines[0].socket)
        var down: [(broker: Int, until: MonotonicTime)] = []
        for _ in 0..<faults {
            for source in sources { source.publish(Int.random(in: 20...600, using: &random)) }
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                // One at a time, at first; sometimes two of three at once.
                let broker = Int.random(in: 0..<fleet.ports.count, using: &random)
                guard !down.contains(where: { $0.broker == broker }) else { break }
                try await fleet.kill(broker: broker)
                down.append((broker, .now + .milliseconds(Int.random(in: 100...2500, using: &random))))
                result.kills["brokers killed", default: 0] += 1
            case 2:
                // A link that swallows everything for a while.
                let broker = Int.random(in: 0..<fleet.ports.count, using: &random)
                guard !down.contains(where: { $0.broker == broker }) else { break }
                fleet.signal(broker: broker, SIGSTOP)
                await letPass(.milliseconds(Int.random(in: 200...3000, using: &random)))
                fleet.signal(broker: broker, SIGCONT)
                result.kills["brokers cut off", default: 0] += 1
            default:
                let index = Int.random(in: 0..<machines.count, using: &random)
                result.memory = max(result.memory, Self.memory(programs[index].pid))
                programs[index].signal(SIGKILL)
                _ = try await programs[index].wait()
                programs[index] = try machines[index].start()
                result.kills["publishers killed", default: 0] += 1
            }
            for (index, entry) in down.enumerated().reversed() where MonotonicTime.now >= entry.until {
                try fleet.start(broker: entry.broker)
                down.remove(at: index)
            }
            await letPass(.milliseconds(Int.random(in: 0...400, using: &random)))
            reading.read()
        }
        for entry in down { try fleet.start(broker: entry.broker) }
        let last = sources.map { $0.publish(10) }
        let start = MonotonicTime.now
        let isThere = await eventually {
            reading.read()
            return zip(machines, last).allSatisfy { reading.numbers[$0.name]?.last == $1 }
        }
        result.catchUp = .now - start
        #expect(isThere, "\(machines.map { reading.summary($0.name) }) \(programs.map(\.errors))")
        for (index, machine) in machines.enumerated() {
            let numbers = reading.numbers[machine.name] ?? []
            let different = Set(numbers).count
            result.events += numbers.count
            result.lost += Int(last[index]) - different
            result.twice += numbers.count - different
            result.outOfOrder += zip(numbers, numbers.dropFirst()).count { $0 >= $1 }
            result.memory = max(result.memory, Self.memory(programs[index].pid))
            programs[index].signal(SIGTERM)
            #expect(try await programs[index].wait().exitCode == 0)
        }
        #expect(reading.isDense && reading.gaps == 0)
        return result
    }

    /// Resident, in KiB.
    private static func memory(_ pid: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        return text.firstMatch(of: #/VmRSS:\s+([0-9]+)/#).flatMap { Int($0.1) } ?? 0
    }
}
