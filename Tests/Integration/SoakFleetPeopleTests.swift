import Fleet
import FleetFacts
import FleetStorage
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// Unknown people and galleries of a fleet, in the numbers that the documentation promises.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct SoakFleetPeopleTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func aMachineThatIsKilledFiftyTimesHasOldOrNew() async throws {
            let result = try await FleetGalleryKills.run(kills: Soak.isShort ? 3 : 50, in: folder)
            print("gallery kills: \(result.kills), \(result.galleries.count) galleries, \(result.damaged) damaged")
            #expect(result.damaged == 0 && result.isLast)
        }

        /// Five machines, two of which cannot hear the other three for a while. All know all people in the end, and that
        /// those who were seen in both halves are one person each.
        @Test func tenThousandPeopleOnFiveMachinesCutInTwo() async throws {
            let (count, shared) = Soak.isShort ? (500, 20) : (10_000, 500)
            let names = ["house", "barn", "gate", "yard", "shop"]
            let fleet = try await FleetUnderTest(brokers: 1, machines: names, editors: ["house"], in: folder)
            let link = try await FleetLink(broker: fleet.ports[0])
            let machines = try names.enumerated().map { index, name in
                var changes = ["share": "[unknown]"]
                if index >= 2 { changes["servers"] = "[tls://127.0.0.1:\(link.port)]" }
                return try MachineUnderTest(name, fleet, changes)
            }
            let programs = try machines.map { try $0.start() }
            let memories = try machines.enumerated().map { try FleetMemoryUnderTest($0.offset + 1, $0.element.folder) }
            let views = machines.enumerated().map { FleetView($0.offset + 1, $0.element.folder) }
            func errors() -> String { programs.map(\.errors).joined(separator: "\n") }
            func allKnow(_ people: Int, _ views: some Collection<FleetView>) async -> Bool {
                await eventually(within: machineTimeout) {
                    let all = views.map { $0.people() }
                    if all.allSatisfy({ $0.count == people && $0 == all.first }) { return true }
                    await letPass(.milliseconds(Soak.isShort ? 100 : 1000))
                    return false
                }
            }

            // Half of them before the line is cut.
            for person in 0..<count / 2 { _ = memories[person % 5].visit(person) }
            var start = MonotonicTime.now
            #expect(await allKnow(count / 2, views), "\(errors())")
            print("people: \(count / 2) known to five after \(Self.seconds(since: start)) s")

            link.signal(SIGSTOP)
            for person in count / 2..<count - shared { _ = memories[person % 5].visit(person) }
            for person in count - shared..<count {
                // Nobody can tell them that it is one person.
                let ids = Set([memories[0].visit(person), memories[4].visit(person)])
                #expect(ids.count == 2)
            }
            // Those who hear each other know both parts; the others know their own and what was before.
            let parts = (0..<5).map { number in (count / 2..<count - shared).count { $0 % 5 == number } }
            #expect(await allKnow(count / 2 + parts[0] + parts[1] + shared, views[..<2]), "\(errors())")
            for alone in 2..<4 { #expect(await allKnow(count / 2 + parts[alone], [views[alone]]), "\(errors())") }
            #expect(await allKnow(count / 2 + parts[4] + shared, [views[4]]), "\(errors())")

            start = .now
            link.signal(SIGCONT)
            let isSame = await allKnow(count, views)
            let taken = Self.seconds(since: start)
            let people = views[0].people()
            #expect(isSame, "\(views.map { $0.people().count }) of \(count) \(errors())")
            #expect(people.count { $0.count == 3 } == shared, "those who were seen in both halves have two ids")
            let memory = programs.compactMap { Memory.resident($0.pid) }.max() ?? 0
            print(
                """
                people: \(people.count) with \(shared) aliases the same on five \(taken) s after the line was whole \
                again; visage-fleet at most \(Int(memory)) MiB
                """)
            for memory in memories { memory.keeper.close() }
            for program in programs {
                program.signal(SIGTERM)
                #expect(try await program.wait().exitCode == 0)
            }
        }

        private static func seconds(since start: MonotonicTime) -> String {
            String(format: "%.1f", (MonotonicTime.now - start).inSeconds)
        }
    }
}

/// All unknown people as a machine knows them: its own, and those it was told of.
private final class FleetView {
    private let number: Int
    private let reader: FactReader
    private let own: OwnPeople
    private var facts: [Int: PersonFact] = [:]

    init(_ number: Int, _ machine: ScratchFolder) {
        self.number = number
        reader = FactReader(at: FactDatabase.path(state: machine.file("fleet-state").path), machine: number)
        own = OwnPeople(machine.file("state/unknown"))
    }

    /// Of each person the id that stands for them, and then all ids.
    func people() -> Set<[Int]> {
        _ = reader.refresh()
        if let scan = own.scan() {
            for fact in scan.changed { facts[fact.number] = fact }
            facts = facts.filter { scan.present.contains($0.key) }
        }
        let mine = facts.map { (key: FactKey(machine: number, number: $0.key), fact: $0.value) }
        let others = reader.content.facts.map { (key: $0.key, fact: $0.value) }
        return Set(FleetPerson.merge(mine + others).map { [$0.number] + $0.numbers })
    }
}

/// A line to a broker that can be cut: see `fleet_link.py`.
private final class FleetLink {
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

    func signal(_ number: Int32) { program.signal(number) }
}
