import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// Five machines and three brokers, a hundred faults.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak; the system tests have a short form"),
        .enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)"))
    struct SoakFleetTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func everyEventArrivesOnceThroughAHundredFaults() async throws {
            let names = ["house", "barn", "gate", "yard", "shop"]
            let fleet = try await FleetUnderTest(machines: names, viewers: ["house"], in: folder)
            let machines = try names.map { try MachineUnderTest($0, fleet) }
            var sources: [EventSource] = []
            for machine in machines { sources.append(try await EventSource.start(in: machine.folder)) }
            let faults = 100
            let chaos = FleetChaos(fleet: fleet, machines: machines, sources: sources, faults: faults, seed: 100)
            let result = try await chaos.run()
            print("fleet: \(result)")
            #expect(result.isComplete, "\(result)")
            for source in sources { await source.end() }
        }

        /// An hour of events without a line, as fast as they can be written.
        @Test func aLongOutageIsCaughtUp() async throws {
            let fleet = try await FleetUnderTest(machines: ["house"], viewers: ["house"], in: folder)
            let machine = try MachineUnderTest("house", fleet)
            let source = try await EventSource.start(in: machine.folder)
            let program = try machine.start()
            var reading = FleetReading(machine.socket)
            source.publish(10)
            #expect(
                await eventually {
                    reading.read()
                    return reading.numbers["house"]?.last == 10
                }, "\(program.errors)")
            for broker in 0..<3 { try await fleet.kill(broker: broker) }
            var last: Int64 = 0
            // No more at once than the log takes on a slow disk.
            for _ in 0..<100 { last = source.publish(2_000) }
            #expect(last > 200_000)
            for broker in 0..<3 { try fleet.start(broker: broker) }
            let start = MonotonicTime.now
            #expect(
                await eventually(within: machineTimeout) {
                    reading.read()
                    return reading.numbers["house"]?.last == last
                }, "\(program.errors) \(reading.summary("house"))")
            print(
                "fleet: \(last) events caught up in \(String(format: "%.1f", (MonotonicTime.now - start).inSeconds)) s")
            let isComplete = reading.isComplete("house", upTo: last)
            #expect(isComplete, "\(reading.summary("house"))")
            await source.end()
        }
    }
}
