import Foundation
import TestSupport
import Testing
import VisageCore

/// Five machines, two of which hear nobody for a while. In the end all know all people, and that those who were seen in both
/// halves are one person each.
struct FleetPartition {
    struct Result: CustomStringConvertible {
        let people: Int
        let aliases: Int
        /// Until all knew those whom they could know before the cut, and after it was mended.
        var before = Duration.zero
        var after = Duration.zero
        /// Of visage-fleet, in MiB; the largest.
        var memory = 0.0
        /// Of each machine, in bytes, from the first start on.
        var sent: [Int] = []
        var received: [Int] = []

        var description: String {
            func megabytes(_ bytes: [Int]) -> String {
                bytes.map { String(format: "%.1f", Double($0) / 1e6) }.joined(separator: " ")
            }
            func seconds(_ duration: Duration) -> String { String(format: "%.1f", duration.inSeconds) }
            return """
                \(people), \(aliases) of them with two ids: known to all five \(seconds(before)) s after the first half of \
                them was seen, the same everywhere \(seconds(after)) s after the cut was mended; visage-fleet at most \
                \(Int(memory)) MiB; MB sent \(megabytes(sent)), received \(megabytes(received))
                """
        }
    }

    private static let names = ["house", "barn", "gate", "yard", "shop"]
    /// These keep the broker.
    private static let connected = 0..<3

    let people: Int
    let inBothHalves: Int

    func run(in folder: ScratchFolder) async throws -> Result {
        let fleet = try await FleetUnderTest(brokers: 1, machines: Self.names, editors: ["house"], in: folder)
        var (links, machines): ([FleetLink], [MachineUnderTest]) = ([], [])
        for name in Self.names {
            let link = try await FleetLink(broker: fleet.ports[0])
            links.append(link)
            machines.append(try MachineUnderTest(name, fleet, ["share": "[unknown]", "servers": link.servers]))
        }
        let programs = try machines.map { try $0.start() }
        let memories = try machines.enumerated().map { try FleetMemoryUnderTest($0.offset + 1, $0.element.folder) }
        let views = machines.enumerated().map { FleetView($0.offset + 1, $0.element.folder) }
        func errors() -> String { programs.map(\.errors).joined(separator: "\n") }
        func allKnow(_ people: Int, _ views: some Collection<FleetView>) async -> Bool {
            await eventually(within: machineTimeout) {
                let all = views.map { $0.people() }
                if all.allSatisfy({ $0.count == people && $0 == all.first }) { return true }
                await letPass(.milliseconds(self.people < 1000 ? 50 : 500))
                return false
            }
        }
        func counts() -> [Int] { views.map { $0.people().count } }

        // Half of them before the line is cut.
        let half = people / 2
        for person in 0..<half { _ = memories[person % 5].visit(person) }
        var result = Result(people: people, aliases: inBothHalves)
        var start = MonotonicTime.now
        #expect(await allKnow(half, views), "\(counts()) of \(half) \(errors())")
        result.before = .now - start

        let cutOff = Self.names.indices.filter { !Self.connected.contains($0) }
        for index in cutOff { links[index].cut() }
        for person in half..<people - inBothHalves { _ = memories[person % 5].visit(person) }
        for person in people - inBothHalves..<people {
            // Nobody can tell them that it is one person.
            #expect(Set([memories[0].visit(person), memories[4].visit(person)]).count == 2)
        }
        // Whoever hears the others knows what they have seen; whoever does not goes on alone.
        let seen = (0..<5).map { number in (half..<people - inBothHalves).count { $0 % 5 == number } }
        let together = half + Self.connected.reduce(0) { $0 + seen[$1] } + inBothHalves
        #expect(await allKnow(together, views[Self.connected]), "\(counts()) of \(together) \(errors())")
        for alone in cutOff {
            let known = half + seen[alone] + (alone == 4 ? inBothHalves : 0)
            #expect(await allKnow(known, [views[alone]]), "\(counts()) of \(known) \(errors())")
        }

        start = .now
        for index in cutOff { links[index].mend() }
        let isSame = await allKnow(people, views)
        result.after = .now - start
        let all = views[0].people()
        #expect(isSame, "\(counts()) of \(people) \(errors())")
        #expect(all.count { $0.count == 3 } == inBothHalves, "those who were seen in both halves have two ids")
        result.memory = programs.compactMap { Memory.resident($0.pid) }.max() ?? 0
        for link in links {
            let traffic = try await link.traffic()
            result.sent.append(traffic.sent)
            result.received.append(traffic.received)
        }
        for memory in memories { memory.keeper.close() }
        // Their folders go with them.
        withExtendedLifetime(machines) {}
        for program in programs {
            program.signal(SIGTERM)
            #expect(try await program.wait().exitCode == 0, "\(program.errors)")
        }
        return result
    }
}
