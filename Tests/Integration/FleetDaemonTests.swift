import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Two machines with all their parts: each has a camera on the network, its daemon and its visage-fleet.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct FleetDaemonTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func sites(_ fleet: FleetUnderTest) async throws -> (house: FleetSite, barn: FleetSite) {
            let (material, streams) = (try Material.get(), try ScratchFolder())
            try await FleetSite.streams(in: streams)
            func site(_ name: String, _ number: Int) async throws -> FleetSite {
                try await FleetSite(
                    name, number, fleet, material, streams: streams,
                    ["share": "[events, galleries, unknown]", "publish_gallery": "\(number == 1)"])
            }
            return (try await site("house", 1), try await site("barn", 2))
        }

        @Test func strangersAreTheSameOnBothAlsoAfterACut() async throws {
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn"], viewers: ["house"], editors: ["house"], in: folder)
            let (house, barn) = try await sites(fleet)
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: house.folder.file("faces"))
            let training = try await visage(
                "train", house.folder.file("faces").path, "--output", house.folder.file("gallery").path)
            try #require(training.exitCode == 0, "\(training)")
            for site in [house, barn] { try await site.camera.tell("other") }
            let services = [try house.machine.start(), try barn.machine.start()]
            func errors() -> String { services.map(\.errors).joined(separator: "\n") }
            #expect(await eventually { barn.people.contains("Barack Obama") }, "\(errors())")
            let (here, there) = (try await house.start(), try await barn.start())

            // The house sees two strangers and tells the barn, which sees them later.
            try await house.camera.tell("main")
            #expect(await eventually { house.kept.count == 2 && barn.unknown.count == 2 }, "\(house.kept) \(errors())")
            let first = house.kept
            try await barn.camera.tell("main")
            #expect(await eventually { barn.unknownIDs == first }, "\(barn.unknown) instead of \(first)")
            #expect(
                await eventually { there.strangers(after: max(0, there.count - 6)) == first }, "\(there.strangers())")
            for (id, face) in barn.faces {
                let nearest = house.faces.max { $0.value.similarity(face) < $1.value.similarity(face) }?.key
                let numbers = barn.unknown.first { $0.contains(id) } ?? [id]
                #expect(nearest.map(numbers.contains) == true, "\(id) is the same face as \(nearest ?? "none")")
            }

            // Cut off, each goes on with what it knows: the gallery changes here alone, and so a third is unknown here.
            try await fleet.kill(broker: 0)
            var (seenHere, seenThere) = (here.count, there.count)
            let forgotten = try await visage("forget", "Barack Obama", "--yes", "--config", house.config)
            #expect(forgotten.exitCode == 0, "\(forgotten)")
            #expect(await eventually { house.kept.count == 3 && house.kept.isSuperset(of: first) }, "\(house.kept)")
            let third = try #require(house.kept.subtracting(first).first)
            #expect(
                await eventually {
                    there.names(after: seenThere) == ["Barack Obama"] && there.strangers(after: seenThere) == first
                }, "\(there.names(after: seenThere)) \(there.strangers(after: seenThere))")
            #expect(barn.unknownIDs == first)

            // Together again, also about the third.
            try fleet.start(broker: 0)
            #expect(
                await eventually { !barn.people.contains("Barack Obama") && barn.unknown == house.unknown },
                "\(errors())"
            )
            seenThere = there.count
            #expect(await eventually { there.strangers(after: seenThere).contains(third) }, "\(barn.unknown)")

            // One is forgotten and one gets a name, in one place and while everybody is in sight.
            let ids = first.sorted()
            for words in [["forget", ids[0], "--yes"], ["label", ids[1], "Alice Liddell"]] {
                let outcome = try await Program.run(Programs.visage, words + ["--config", house.config])
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
            #expect(
                await eventually { barn.people.contains("Alice Liddell") && barn.unknownIDs.isDisjoint(with: first) },
                "\(barn.people) \(barn.unknown) \(errors())")
            (seenHere, seenThere) = (here.count, there.count)
            #expect(
                await eventually {
                    here.names(after: seenHere).contains("Alice Liddell")
                        && there.names(after: seenThere).contains("Alice Liddell")
                })
            // Both see the one who was forgotten as somebody new. Under which id, they agree. A machine that hears of a removal
            // before it has the gallery may have given the one with the name a new id as well.
            (seenHere, seenThere) = (here.count, there.count)
            #expect(
                await eventually {
                    let unknown = house.unknown
                    return unknown.count >= 2 && unknown == barn.unknown
                        && unknown.allSatisfy { first.isDisjoint(with: $0) }
                        && here.strangers(after: seenHere).count >= 2 && there.strangers(after: seenThere).count >= 2
                }, "\(house.unknown) \(barn.unknown)")
            #expect(here.strangers(after: seenHere).union(there.strangers(after: seenThere)).isDisjoint(with: first))

            for site in [house, barn] { try await site.camera.tell("other") }
            for run in [here, there] { try await run.stop() }
            let last = [here, there].map { $0.daemon.collector.logged.last?.seq ?? 0 }
            var reading = FleetReading(house.machine.socket)
            let isComplete = await eventually {
                reading.read()
                return zip(["house", "barn"], last).allSatisfy { reading.isComplete($0, upTo: $1) }
            }
            #expect(isComplete, "\(reading.summary("house")) \(reading.summary("barn")) of \(last)")
            for service in services {
                service.signal(SIGTERM)
                #expect(try await service.wait().exitCode == 0)
            }
        }
    }
}
