import FleetFacts
import FleetStorage
import Foundation
import Inference
import Logging
import Recognition
import TestSupport
import Testing
import Unknowns
import VisageCore

extension SystemTests {
    /// Unknown people and galleries between real machines over a real broker.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct FleetPeopleTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func machine(_ name: String, _ fleet: FleetUnderTest, publishes: Bool = false) throws
            -> MachineUnderTest
        {
            try MachineUnderTest(
                name, fleet, ["share": "[events, galleries, unknown]", "publish_gallery": "\(publishes)"])
        }

        private func checksum(_ machine: MachineUnderTest) -> String? {
            struct Description: Decodable { let checksum: String }
            let file = machine.folder.file("gallery/gallery.json")
            return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(Description.self, from: $0) }?
                .checksum
        }

        @Test func aNewGalleryReachesTheOtherAndSoDoesThatSomebodyIsForgotten() async throws {
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn"], editors: ["house"], in: folder)
            let (house, barn) = (try machine("house", fleet, publishes: true), try machine("barn", fleet))
            let faces = house.folder.file("faces")
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
            let training = try await visage("train", faces.path, "--output", house.folder.file("gallery").path)
            try #require(training.exitCode == 0, "\(training)")
            let programs = [try house.start(), try barn.start()]
            // A program ends with what stands for it.
            defer { withExtendedLifetime(programs) {} }
            #expect(
                await eventually { checksum(barn) != nil && checksum(barn) == checksum(house) }, "\(programs[1].errors)"
            )
            let gallery = try GalleryFile.load(barn.folder.file("gallery"))
            var status = stat()
            #expect(
                stat(barn.folder.file("gallery/gallery.json").path, &status) == 0 && status.st_mode & 0o777 == 0o600)

            let name = try #require(gallery.people.first)
            let forgotten = try await visage(
                "forget", name, "--yes", "--config", house.config)
            #expect(forgotten.exitCode == 0, "\(forgotten)")
            let start = MonotonicTime.now
            #expect(await eventually { checksum(barn) == checksum(house) }, "\(programs[1].errors)")
            print("gallery: \(String(format: "%.2f", (MonotonicTime.now - start).inSeconds)) s to the other machine")
            #expect(try !GalleryFile.load(barn.folder.file("gallery")).people.contains(name))

            // By hand, from a machine without the right.
            let refused = try await visage("fleet", "publish", "--config", barn.config)
            #expect(refused.exitCode == 1 && refused.errors.contains("no editor of the fleet"), "\(refused)")
            let published = try await visage("fleet", "publish", "--config", house.config)
            #expect(published.exitCode == 0 && published.output.contains("as number 3"), "\(published)")
            let left = try FileManager.default.contentsOfDirectory(atPath: barn.folder.url.path)
            #expect(!left.contains { $0.hasPrefix(".gallery") }, "\(left)")
        }

        @Test func halvesThatWereCutHaveTheSamePeopleInTheEnd() async throws {
            print("people: \(try await FleetPartition(people: 200, inBothHalves: 10).run(in: folder))")
        }

        /// A machine that is killed while it takes galleries over has an old one or a new one.
        @Test func aKilledMachineHasOldOrNew() async throws {
            let result = try await FleetGalleryKills.run(kills: 6, in: folder)
            print("gallery kills: \(result)")
            #expect(result.damaged == 0 && result.isLast)
        }

        @Test func anUnknownPersonIsTheSameOnBothAndIsForgottenOnBoth() async throws {
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn"], editors: ["house"], in: folder)
            let (house, barn) = (try machine("house", fleet), try machine("barn", fleet))
            let programs = [try house.start(), try barn.start()]
            // A program ends with what stands for it.
            defer { withExtendedLifetime(programs) {} }
            let memories = [try FleetMemoryUnderTest(1, house.folder), try FleetMemoryUnderTest(2, barn.folder)]
            #expect(memories[0].visit(1) == "unknown-1-1")
            let start = MonotonicTime.now
            #expect(await eventually { memories[1].keeper.memory.foreignPeople == 1 }, "\(programs[1].errors)")
            print("person: \(String(format: "%.2f", (MonotonicTime.now - start).inSeconds)) s to the other machine")
            #expect(memories[1].visit(1) == "unknown-1-1", "the same id")
            #expect(memories[1].visit(2) == "unknown-2-1")
            #expect(await eventually { memories[0].keeper.memory.foreignPeople == 1 })
            #expect(memories[0].visit(2) == "unknown-2-1")
            #expect(await eventually { memories[1].isKept("unknown-1-1") && memories[1].isKept("unknown-2-1") })

            // Forgotten while the other is away.
            programs[1].signal(SIGTERM)
            _ = try await programs[1].wait()
            memories[1].keeper.close()
            let config = house.config
            let forgotten = try await visage("forget", "unknown-1-1", "--yes", "--config", config)
            #expect(forgotten.exitCode == 0 && !memories[0].isKept("unknown-1-1"), "\(forgotten)")
            #expect(
                await eventually { RemovalQueue(state: house.folder.file("fleet-state").path).waiting().isEmpty },
                "\(programs[0].errors)")
            #expect(memories[1].isKept("unknown-1-1"))
            let back = try barn.start()
            defer { withExtendedLifetime(back) {} }
            #expect(await eventually { !memories[1].isKept("unknown-1-1") }, "\(back.errors)")
            #expect(memories[1].isKept("unknown-2-1"))
            let again = try FleetMemoryUnderTest(2, barn.folder)
            #expect(again.visit(1) != "unknown-1-1", "nobody remembers")
            #expect(await eventually { !memories[0].isKnown("unknown-1-1") })
        }
    }
}

/// The daemon's memory of unknown people, as a machine of a fleet has it.
struct FleetMemoryUnderTest {
    let keeper: UnknownKeeper
    private let folder: URL
    private let database: String
    private let number: Int

    init(_ number: Int, _ machine: ScratchFolder) throws {
        self.number = number
        folder = machine.file("state/unknown")
        database = FactDatabase.path(state: machine.file("fleet-state").path)
        let origin = EmbedderOrigin(
            id: "fake", sha256: String(repeating: "a", count: 64), crop: "square", standardisation: "none",
            precision: "f32")
        keeper = try UnknownKeeper(
            folder, settings: UnknownSettings(), embedder: origin, curve: madeUpCurve, cameras: [("door", false)],
            fleet: FleetMembership(machine: number, database: database),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// - Returns: the id that events would carry.
    func visit(_ person: Int) -> String {
        let door = keeper.memory.camera("door", isStart: true)
        let view = Int.random(in: 1...1_000_000)
        let face = UnknownFace(embedding: Facts.embedding(person, view), weight: 2, isClear: true)
        let id = door.recognize(face, track: view, besides: [], at: Date())
        door.leave(track: view)
        return id
    }

    func isKept(_ id: String) -> Bool { access(folder.appending(path: "\(id)/person.json").path, F_OK) == 0 }

    /// Whether any machine is known to have seen the person.
    func isKnown(_ id: String) -> Bool {
        let reader = FactReader(at: database, machine: number)
        _ = reader.refresh()
        return reader.content.people.contains { $0.numbers.contains { UnknownNumber.id($0) == id } }
    }
}

/// Kills a machine's visage-fleet again and again while galleries are published.
enum FleetGalleryKills {
    struct Result {
        var kills = 0
        /// Times when the gallery could not be read after a kill.
        var damaged = 0
        /// Galleries that the machine has had.
        var galleries: Set<String> = []
        /// Whether it has the newest in the end.
        var isLast = false
    }

    static func run(kills: Int, in folder: ScratchFolder) async throws -> Result {
        let fleet = try await FleetUnderTest(brokers: 1, machines: ["house", "barn"], editors: ["house"], in: folder)
        func machine(_ name: String) throws -> MachineUnderTest {
            try MachineUnderTest(
                name, fleet, ["share": "[galleries]", "publish_gallery": "\(name == "house")"])
        }
        let (house, barn) = (try machine("house"), try machine("barn"))
        let publisher = try house.start()
        var result = Result()
        var random = SeededRandom(UInt64(kills))
        for kill in 0..<kills {
            // Some megabytes, each time others.
            let gallery = try Gallery.synthetic(people: 40, photos: 150 + kill, dimension: 128, matching: .nearest)
            try GalleryFile.write(gallery, to: house.folder.file("gallery"))
            let program = try barn.start()
            await letPass(.milliseconds(Int.random(in: 200...2500, using: &random)))
            program.signal(SIGKILL)
            _ = try await program.wait()
            result.kills += 1
            guard access(barn.folder.file("gallery").path, F_OK) == 0 else { continue }
            do {
                let checksum = try GalleryFile.load(barn.folder.file("gallery")).description.checksum
                result.galleries.formUnion([checksum].compactMap { $0 })
            } catch {
                result.damaged += 1
            }
        }
        let program = try barn.start()
        result.isLast = await eventually {
            let (one, other) = (
                try? GalleryFile.load(house.folder.file("gallery")), try? GalleryFile.load(barn.folder.file("gallery"))
            )
            return one != nil && one?.description.checksum == other?.description.checksum
        }
        withExtendedLifetime((publisher, program)) {}
        return result
    }
}
