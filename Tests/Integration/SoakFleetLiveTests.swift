import Events
import Fleet
import FleetFacts
import FleetStorage
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// What the fleet costs a daemon that watches a camera. Figures for the documentation: no time is judged here.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak"),
        .enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)"))
    struct SoakFleetLiveTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func makeSite(_ fleet: FleetUnderTest) async throws -> FleetSite {
            let streams = try ScratchFolder()
            try await FleetSite.streams(in: streams)
            var site = try await FleetSite(
                "house", 1, fleet, try Material.get(), streams: streams, ["share": "[events, unknown]"])
            // With people who are known, too.
            site.options.gallery = try Material.get().gallery
            return site
        }

        @Test func liveFramesGoOnWhateverTheBrokerDoes() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], in: folder)
            var site = try await makeSite(fleet)
            // The log is that of a machine that was away for long.
            site.options.state = "."
            let backlog = 400_000
            let source = try await EventSource.start(in: site.folder)
            for _ in 0..<backlog / 2000 { site.options.since = source.publish(2000) }
            await source.end()
            let run = try await site.start()
            let frames = try EventCollector(
                socket: run.daemon.socket, EventRequest(types: [EventType.frame, .stats, .sourceDown].map(\.rawValue)))
            #expect(await eventually { frames.events.count { $0.type == .frame } > 100 })
            let seconds = Duration.seconds(40)
            func measure(_ name: String, until isOver: (MonotonicTime) async throws -> Bool) async throws {
                let start = MonotonicTime.now
                while try await !isOver(start) { await letPass(.milliseconds(200)) }
                let end = MonotonicTime.now
                let arrivals = frames.arrivals.filter { $0.time >= start && $0.time < end }
                let count = arrivals.count { $0.event.type == .frame }
                let stats = arrivals.compactMap(\.event.stats)
                print(
                    """
                    live fps, \(name): \(String(format: "%.2f", Double(count) / (end - start).inSeconds)) in \
                    \(Int((end - start).inSeconds)) s, p50 \(stats.map { Int($0.latencyP50Ms) }) and p99 \
                    \(stats.map { Int($0.latencyP99Ms) }) ms, \(stats.reduce(0) { $0 + $1.skipped }) skipped
                    """)
                #expect(count > 0)
            }
            try await measure("without visage-fleet") { MonotonicTime.now - $0 >= seconds }
            let program = try site.machine.start()
            try await measure("catching up with \(backlog) events") { _ in
                try await fleet.replicas(broker: 0)["EV_house"]?.messages ?? 0 >= backlog
            }
            try await measure("broker up") { MonotonicTime.now - $0 >= seconds }
            try await fleet.kill(broker: 0)
            try await measure("broker killed") { MonotonicTime.now - $0 >= seconds }
            try fleet.start(broker: 0)
            try await measure("broker back") { MonotonicTime.now - $0 >= seconds }
            let lost = frames.events.filter { $0.type == .sourceDown }
            #expect(lost.isEmpty, "\(lost) \(site.camera.errors) \(run.daemon.program.errors)")
            #expect(!program.hasEnded, "\(program.errors)")
            try await run.stop()
            // Its camera goes with it.
            withExtendedLifetime(site) {}
        }

        @Test func fiveThousandPeopleOfOthers() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], in: folder)
            let site = try await makeSite(fleet)
            let run = try await site.start()
            // What people look like for this embedder.
            #expect(await eventually { !site.kept.isEmpty })
            try await run.stop()
            let known = try #require(OwnPeople(site.folder.file("state/unknown")).scan()?.changed.first)
            let without = try await size(site)

            let database = try FactDatabase(at: FactDatabase.path(state: site.folder.file("fleet-state").path))
            let now = Int(Date().timeIntervalSince1970)
            for start in stride(from: 0, to: 5000, by: 500) {
                try database.store(
                    (start..<start + 500).map { person -> (machine: Int, message: FactMessage) in
                        var fact = known
                        (fact.number, fact.born) = (UnknownNumber.number(person + 1, of: 2), now - 1000)
                        (fact.firstSeen, fact.lastSeen, fact.also, fact.apart) = (now - 1000, now - 10, [], [])
                        fact.embedding = StoredEmbedding(
                            Facts.embedding(person, 1, dimension: known.embedding.embedding.dimension))
                        return (2, .person(fact))
                    })
            }
            let bytes = try FileManager.default.attributesOfItem(
                atPath: site.folder.file("fleet-state/unknown.db").path)[.size]
            let with = try await size(site)
            print(
                """
                people of others: resident and proportional MiB \(without) without, \(with) with 5,000; \
                unknown.db \(bytes ?? 0) bytes
                """)

            // How long one face takes, with nobody else at work.
            let machine = try ScratchFolder()
            let made = try FactDatabase(at: FactDatabase.path(state: machine.file("fleet-state").path))
            try made.store(
                (0..<5000).map { (2, .person(Facts.fact(Facts.id(2, $0 + 1), seen: now, person: $0 + 10_000))) })
            let before = Memory.resident(getpid()) ?? 0
            let memory = try FleetMemoryUnderTest(1, machine)
            let grown = (Memory.resident(getpid()) ?? 0) - before
            #expect(memory.keeper.memory.foreignPeople == 5000)
            _ = memory.visit(0)
            let count = 200
            let start = MonotonicTime.now
            for person in 1...count { _ = memory.visit(person) }
            let taken = (MonotonicTime.now - start).milliseconds / Double(count)
            print(
                """
                people of others: \(String(format: "%.2f", taken)) ms for a visit of somebody new among 5,000, who is compared \
                twice; the memory of them has \(Int(grown)) MiB
                """)
        }

        /// Resident and proportional, in MiB, after ten seconds in which nobody was seen.
        private func size(_ site: FleetSite) async throws -> [Int] {
            try await site.camera.tell("other")
            let run = try await site.start()
            let frames = try EventCollector(
                socket: run.daemon.socket, EventRequest(types: [EventType.frame.rawValue]))
            #expect(await eventually { frames.events.count { $0.type == .frame } > 100 })
            let pid = run.daemon.program.pid
            let roll = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
            let sizes = ["Rss", "Pss"].map { name in
                roll.split(separator: "\n").first { $0.hasPrefix("\(name):") }?.split(separator: " ").dropFirst().first
                    .flatMap { Int($0) }.map { $0 / 1024 } ?? 0
            }
            try await run.stop()
            return sizes
        }
    }
}
