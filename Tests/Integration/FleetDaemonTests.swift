import Events
import Fleet
import FleetFacts
import FleetStorage
import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Two machines with all their parts: each has a camera on the network, its daemon and its visage-fleet.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct FleetDaemonTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func strangersHaveOneIDOnBothUntilTheyAreForgottenOrNamed() async throws {
            let material = try Material.get()
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn"], editors: ["house"], in: folder)
            let house = try await FleetSite("house", 1, fleet, material, publishes: true)
            let barn = try await FleetSite("barn", 2, fleet, material)
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: house.folder.file("faces"))
            let training = try await visage(
                "train", house.folder.file("faces").path, "--output", house.folder.file("gallery").path)
            try #require(training.exitCode == 0, "\(training)")
            var services = [try house.machine.start(), try barn.machine.start()]
            #expect(await eventually { barn.people.contains("Barack Obama") }, "\(services[1].errors)")

            // Nobody is in front of the other's camera yet.
            try await barn.camera.kill()
            let first = try await house.start()
            let other = try await barn.start()
            let ids: Set = ["unknown-1-1", "unknown-1-2"]
            #expect(await eventually { first.strangers == ids }, "\(first.strangers) \(first.daemon.program.errors)")
            #expect(await eventually { barn.told.isSuperset(of: ids) }, "\(services[1].errors)")
            // The daemon looks once a second.
            await letPass(.seconds(2))
            try await barn.camera.restart()
            let isSame = await eventually { other.strangers.count == 2 && ids.allSatisfy(barn.isKept) }
            #expect(isSame && other.strangers == ids, "\(other.strangers) \(other.daemon.program.errors)")
            let (mine, theirs) = (house.faces, barn.faces)
            for id in ids {
                let (one, same) = (try #require(mine[id]), try #require(theirs[id]))
                let nearest = mine.max { $0.value.similarity(same) < $1.value.similarity(same) }?.key
                #expect(nearest == id, "\(id) is the same face on both: \(one.similarity(same))")
            }

            // One is forgotten and the other gets a name while the barn is off; nobody is there to be seen meanwhile.
            for site in [house, barn] { try await site.camera.kill() }
            try await other.stop()
            services[1].signal(SIGTERM)
            #expect(try await services[1].wait().exitCode == 0)
            let forgotten = try await visage("forget", "unknown-1-1", "--yes", "--config", house.config)
            #expect(forgotten.exitCode == 0, "\(forgotten)")
            let labeled = try await visage("label", "unknown-1-2", "Alice Liddell", "--config", house.config)
            #expect(labeled.exitCode == 0, "\(labeled)")
            #expect(ids.allSatisfy(barn.isKept) && !ids.contains(where: house.isKept))

            let again = try await barn.start()
            services[1] = try barn.machine.start()
            #expect(
                await eventually { !ids.contains(where: barn.isKept) && barn.people.contains("Alice Liddell") },
                "\(services[1].errors)")
            await letPass(.seconds(2))
            try await barn.camera.restart()
            #expect(
                await eventually { again.names.contains("Alice Liddell") && !again.strangers.isEmpty },
                "\(again.names) \(again.strangers)")
            #expect(again.strangers == ["unknown-2-1"], "a stranger again")

            // The machine that has forgotten hears of the stranger anew.
            #expect(await eventually { house.told.contains("unknown-2-1") }, "\(services[0].errors)")
            await letPass(.seconds(2))
            let seen = first.daemon.collector.logged.count
            try await house.camera.restart()
            #expect(
                await eventually { first.verdicts(after: seen).contains { $0.unknownID == "unknown-2-1" } },
                "\(first.strangers)")
            #expect(first.verdicts(after: seen).allSatisfy { !ids.contains($0.unknownID ?? "") })
            try await first.stop()
            try await again.stop()
            for service in services { #expect(!service.errors.contains("Fatal error"), "\(service.errors)") }
        }
    }
}

/// A machine with a camera on the network.
private struct FleetSite {
    /// One life of the daemon.
    struct Run {
        let daemon: DaemonUnderTest

        /// What was said of faces in this run, without the first events.
        func verdicts(after count: Int = 0) -> [Event] {
            let logged = daemon.collector.logged
            return logged.dropFirst(count).filter { $0.run == logged.last?.run }
        }
        var strangers: Set<String> { Set(verdicts().compactMap(\.unknownID)) }
        var names: Set<String> { Set(verdicts().compactMap(\.name)) }

        func stop() async throws {
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            #expect(daemon.collector.problems.isEmpty)
        }
    }

    let machine: MachineUnderTest
    let camera: RTSPCameraUnderTest
    private let number: Int
    private let options: DaemonUnderTest.Options

    init(
        _ name: String, _ number: Int, _ fleet: FleetUnderTest, _ material: Material, publishes: Bool = false
    ) async throws {
        let changes = ["share": "[events, galleries, unknown]", "publish_gallery": "\(publishes)"]
        (machine, self.number) = (try MachineUnderTest(name, fleet, changes), number)
        camera = try await RTSPCameraUnderTest.start(material)
        var options = DaemonUnderTest.Options(material)
        options.gallery = machine.folder.file("gallery").path
        options.cameras = ["{name: demo, source: \"\(camera.url())\", transport: tcp}"]
        options.more = [try machine.section(changes)]
        self.options = options
    }

    var folder: ScratchFolder { machine.folder }
    /// The configuration of the daemon.
    var config: String { folder.file("visaged.yaml").path }

    func start() async throws -> Run { Run(daemon: try await DaemonUnderTest.start(options, in: folder)) }

    /// In the gallery.
    var people: [String] { (try? GalleryFile.load(folder.file("gallery")).people) ?? [] }

    /// Ids of unknown people of whom other machines have told.
    var told: Set<String> {
        let reader = FactReader(at: FactDatabase.path(state: folder.file("fleet-state").path), machine: number)
        _ = reader.refresh()
        return Set(reader.content.people.flatMap(\.numbers).map(UnknownNumber.id))
    }

    func isKept(_ id: String) -> Bool { access(folder.file("state/unknown/\(id)/person.json").path, F_OK) == 0 }

    /// What the unknown people who are kept look like.
    var faces: [String: Embedding] {
        let facts = OwnPeople(folder.file("state/unknown")).scan()?.changed ?? []
        return Dictionary(uniqueKeysWithValues: facts.map { (UnknownNumber.id($0.number), $0.embedding.embedding) })
    }
}
