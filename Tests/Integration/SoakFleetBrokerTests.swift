import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// What becomes of a fleet when its brokers have troubles of their own.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak"),
        .enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)"))
    struct SoakFleetBrokerTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test(.enabled(if: geteuid() == 0, "only root can mount"))
        func aFullDiskOfABrokerLosesNothing() async throws {
            let result = try await FleetFullDisk(rounds: 6).run(in: folder)
            print("full disk: \(result)")
            #expect(result.isComplete && result.isEqual, "\(result)")
        }

        /// The server of the distribution, which is older than the one that is recommended.
        @Test(.enabled(if: access(FleetUnderTest.debian, X_OK) == 0, "the package nats-server is not installed"))
        func everyEventArrivesOnceWithDebiansServer() async throws {
            let names = ["house", "barn", "gate"]
            let fleet = try await FleetUnderTest(
                machines: names, viewers: ["house"], server: FleetUnderTest.debian, in: folder)
            let machines = try names.map { try MachineUnderTest($0, fleet) }
            var sources: [EventSource] = []
            for machine in machines { sources.append(try await EventSource.start(in: machine.folder)) }
            let chaos = FleetChaos(
                fleet: fleet, machines: machines, sources: sources, faults: 60, seed: 29)
            let result = try await chaos.run()
            print("Debian's server: \(result)")
            #expect(result.isComplete, "\(result)")
            for source in sources { await source.end() }
            withExtendedLifetime(machines) {}
            // Replicas of this version have been seen to differ for good.
            let isEqual = try await eventually(within: .seconds(30)) { Set(try await fleet.eventReplicas()).count == 1 }
            print("Debian's server: replicas \(isEqual ? "equal" : "differ: \(try await fleet.eventReplicas())")")
            #expect(isEqual)
        }

        /// The broker that leads the stream of galleries is killed as each is published.
        @Test func aGalleryArrivesWhileABrokerDies() async throws {
            let fleet = try await FleetUnderTest(machines: ["house", "barn"], editors: ["house"], in: folder)
            let machines = try ["house", "barn"].map { name in
                try MachineUnderTest(name, fleet, ["share": "[galleries]", "publish(_)gallery": "\(name == "house")"])
            }
            let programs = try machines.map { try $0.start() }
            func errors() -> String { programs.map(\.errors).joined(separator: "\n") }
            func checksum(_ machine: MachineUnderTest) -> String? {
                (try? GalleryFile.load(machine.folder.file("gallery")))?.description.checksum
            }
            var times: [Double] = []
            for round in 0..<10 {
                let leader = try #require(try await fleet.leader(of: "GALLERY"))
                // Some megabytes, each time others.
                let gallery = try Gallery.synthetic(people: 40, photos: 150 + round, dimension: 128, matching: .nearest)
                try GalleryFile.write(gallery, to: machines[0].folder.file("gallery"))
                let start = MonotonicTime.now
                // visage-fleet looks once a second: sometimes it is before the first piece, sometimes between two.
                await letPass(.milliseconds(200 * (round % 6)))
                try await fleet.kill(broker: leader)
                let new = checksum(machines[0])
                #expect(new != nil)
                #expect(await eventually { checksum(machines[1]) == new }, "\(errors())")
                times.append((MonotonicTime.now - start).inSeconds)
                try fleet.start(broker: leader)
                #expect(try await eventually { try await fleet.isHealthy(broker: leader) })
            }
            print("gallery while its leader dies: \(times.map { String(format: "%.1f", $0) }.joined(separator: " ")) s")
        }
    }
}

/// Machines publish while the disk of one of three brokers is filled, and after it has space again.
struct FleetFullDisk {
    struct Result: CustomStringConvertible {
        var events = 0
        var lost = 0
        var twice = 0
        /// How often the broker had to be started again, because it did not use its disk by itself.
        var restarts = 0
        /// From when there is space again (and the broker was started again) until it has all that the others have.
        var catchUp: [Duration] = []
        var isEqual = true

        var isComplete: Bool { lost == 0 && twice == 0 }
        var description: String {
            let times = catchUp.map { String(format: "%.1f", $0.inSeconds) }.joined(separator: " ")
            return """
                \(events) events, \(catchUp.count) times full, \(restarts) restarts: \(lost) lost, \(twice) twice; all three \
                brokers equal after \(times) s
                """
        }
    }

    let rounds: Int

    func run(in folder: ScratchFolder) async throws -> Result {
        let names = ["house", "barn", "gate"]
        let fleet = try await FleetUnderTest(machines: names, viewers: ["house"], disk: 48, in: folder)
        let disk = try #require(fleet.disk)
        let machines = try names.map { try MachineUnderTest($0, fleet) }
        var sources: [EventSource] = []
        for machine in machines { sources.append(try await EventSource.start(in: machine.folder)) }
        let programs = try machines.map { try $0.start() }
        var reading = FleetReading(machines[0].socket)
        var last: [Int64] = sources.map { $0.publish(100) }
        func arrive() async -> Bool {
            await eventually {
                reading.read()
                return zip(names, last).allSatisfy { reading.numbers[$0]?.last == $1 }
            }
        }
        try #require(await arrive(), "\(programs.map(\.errors))")
        var result = Result()
        for _ in 0..<rounds {
            _ = try await Program.run("dd", ["if=/dev/zero", "of=\(disk.url.path)/other", "bs=4k"])
            for _ in 0..<5 {
                last = sources.map { $0.publish(300) }
                try #require(await arrive(), "\(names.map(reading.summary)) \(fleet.log(broker: 0).suffix(2000))")
            }
            try FileManager.default.removeItem(at: disk.url.appending(path: "other"))
            var start = MonotonicTime.now
            last = sources.map { $0.publish(30) }
            let isWell = try await eventually(within: .seconds(15)) { try await isEqual(fleet) }
            if !isWell {
                result.restarts += 1
                try await fleet.kill(broker: 0)
                try fleet.start(broker: 0)
                start = .now
            }
            let areEqual = try await eventually { try await isEqual(fleet) }
            if !areEqual { result.isEqual = false }
            result.catchUp.append(.now - start)
        }
        #expect(await arrive(), "\(names.map(reading.summary)) \(programs.map(\.errors))")
        for (machine, last) in zip(machines, last) {
            let numbers = reading.numbers[machine.name] ?? []
            result.events += numbers.count
            result.lost += Int(last) - Set(numbers).count
            result.twice += numbers.count - Set(numbers).count
        }
        for program in programs {
            program.signal(SIGTERM)
            #expect(try await program.wait().exitCode == 0)
        }
        for source in sources { await source.end() }
        // Their folders go with them.
        withExtendedLifetime(machines) {}
        return result
    }

    private func isEqual(_ fleet: FleetUnderTest) async throws -> Bool {
        let all = try await fleet.eventReplicas()
        return all.allSatisfy { $0 == all[0] && $0.count == 3 }
    }
}
