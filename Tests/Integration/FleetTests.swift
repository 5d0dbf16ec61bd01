import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// `visage-fleet` between real event sockets and three real brokers.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct FleetTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func everyEventArrivesOnceWhateverDies() async throws {
            let fleet = try await FleetUnderTest(machines: ["house", "barn", "gate"], viewers: ["house"], in: folder)
            let machines = try ["house", "barn", "gate"].map { try MachineUnderTest($0, fleet) }
            var sources: [EventSource] = []
            for machine in machines { sources.append(try await EventSource.start(in: machine.folder)) }
            let chaos = FleetChaos(fleet: fleet, machines: machines, sources: sources, faults: 12, seed: 15)
            let result = try await chaos.run()
            print("fleet: \(result)")
            #expect(result.isComplete, "\(result)")
            for source in sources { await source.end() }
        }

        /// Events from before the machine joined, from while it was away, and from while the daemon was.
        @Test func aMachineJoinsIsAwayAndComesBack() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], viewers: ["house"], in: folder)
            let machine = try MachineUnderTest("house", fleet)
            var source = try await EventSource.start(in: machine.folder)
            source.publish(500)
            var program = try machine.start()
            var reading = FleetReading(machine.socket)
            #expect(
                await eventually {
                    reading.read()
                    return reading.numbers["house"]?.last == 500
                }, "\(program.errors)")
            program.signal(SIGTERM)
            #expect(try await program.wait().exitCode == 0)
            // The broker is away for longer than anything is kept in memory, and so is visage-fleet.
            try await fleet.kill(broker: 0)
            source.publish(5_000)
            program = try machine.start()
            #expect(await eventually { program.errors.contains("trying again") })
            await source.end()
            try fleet.start(broker: 0)
            #expect(await eventually { program.errors.contains("Connected to the broker") })
            source = try await EventSource.start(in: machine.folder)
            let last = source.publish(20)
            #expect(
                await eventually {
                    reading.read()
                    return reading.numbers["house"]?.last == last
                }, "\(program.errors) \(reading.summary("house"))")
            #expect(reading.isComplete("house", upTo: last), "\(reading.summary("house"))")

            // What people see of it.
            let status = try await visage("status", "--fleet", "--socket", machine.socket)
            #expect(status.exitCode == 0 && status.output.contains("house"), "\(status)")
            let tail = try await visage(
                "tail", "--fleet", "--since", "0", "--type", "gap", "--no-reconnect", "--socket", folder.file("no").path
            )
            #expect(tail.exitCode == 1 && tail.errors.contains("No visage-fleet answers"), "\(tail)")
            let lines = try Program(
                Programs.visage, ["tail", "--fleet", "--since", "0", "--json", "--socket", machine.socket])
            #expect(await eventually { lines.output.contains("\"position\":\(last),") })
            await source.end()
        }

        /// `visage forget --events` changes the log of a machine, not what it has published.
        @Test func whoIsErasedFromTheLogStaysInTheStream() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], viewers: ["house"], in: folder)
            let machine = try MachineUnderTest("house", fleet)
            let source = try await EventSource.start(in: machine.folder)
            source.publish(9)
            var program = try machine.start()
            var reading = FleetReading(machine.socket)
            #expect(
                await eventually {
                    reading.read()
                    return reading.numbers["house"]?.last == 9
                }, "\(program.errors)")
            program.signal(SIGTERM)
            #expect(try await program.wait().exitCode == 0)
            // The last event that was published is among them.
            #expect(try EventHistory(at: machine.folder.file("events.db").path)?.erase(.person("Ada")).count == 6)
            program = try machine.start()
            let last = source.publish(3, name: "Cy")
            #expect(
                await eventually {
                    reading.read()
                    return reading.numbers["house"]?.last == last
                }, "\(program.errors)")
            #expect(reading.isComplete("house", upTo: 12), "\(reading.summary("house"))")
            let lines = try Program(
                Programs.visage, ["tail", "--fleet", "--since", "0", "--json", "--socket", machine.socket])
            #expect(await eventually { lines.output.contains("\"position\":12,") })
            #expect(lines.output.contains("Ada") && lines.output.contains("Cy"))
            await source.end()
        }

        /// A log that was lost begins anew; one that is an older copy of the stream's is not mixed in.
        @Test func aLogThatIsNotTheStreamsIsNotMixedIn() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], viewers: ["house"], in: folder)
            let (machine, copy, new) = (
                try MachineUnderTest("house", fleet), try MachineUnderTest("house", fleet),
                try MachineUnderTest("house", fleet)
            )
            var source = try await EventSource.start(in: machine.folder)
            source.publish(50)
            await source.end()
            for name in try FileManager.default.contentsOfDirectory(atPath: machine.folder.url.path)
            where name.hasPrefix("events.db") {
                try FileManager.default.copyItem(at: machine.folder.file(name), to: copy.folder.file(name))
            }
            source = try await EventSource.start(in: machine.folder)
            source.publish(50)
            let program = try machine.start()
            var first = FleetReading(machine.socket)
            #expect(
                await eventually {
                    first.read()
                    return first.numbers["house"]?.last == 100
                }, "\(program.errors)")
            program.signal(SIGTERM)
            _ = try await program.wait()
            await source.end()
            // What the administrator has made from a backup.
            source = try await EventSource.start(in: copy.folder)
            source.publish(10)
            let refused = try copy.start()
            #expect(await eventually { refused.errors.contains("restored from an older copy") }, "\(refused.errors)")
            var reading = FleetReading(copy.socket)
            #expect(
                await eventually {
                    reading.read()
                    return reading.numbers["house"]?.last == 100
                })
            #expect(reading.isComplete("house", upTo: 100), "\(reading.summary("house"))")
            refused.signal(SIGTERM)
            _ = try await refused.wait()
            await source.end()
            // A new disk.
            source = try await EventSource.start(in: new.folder)
            source.publish(5)
            let again = try new.start()
            var all = FleetReading(new.socket)
            #expect(
                await eventually {
                    all.read()
                    return all.numbers["house"]?.count == 105
                }, "\(again.errors) \(all.summary("house"))")
            #expect(all.numbers["house"] == Array(1...100) + Array(1...5) && all.isDense)
            await source.end()
        }

        /// Wrong keys, authorities and names; and a machine that is enrolled later.
        @Test func whoMayAndWhoMayNot() async throws {
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn"], viewers: ["house"], in: folder)
            let stranger = try await FleetUnderTest(brokers: 1, machines: ["house"], in: try ScratchFolder())
            let others = stranger.enrollment.appending(path: "machines/house")
            for (key, value, said) in [
                ("credentials", others.appending(path: "fleet.key").path, "does not know the key of this machine"),
                ("tls_ca", others.appending(path: "ca.pem").path, "its certificate has to be valid"),
                ("servers", "[tls://localhost:\(fleet.ports[0])]", "its certificate has to be valid"),
                ("tls_ca", "''", "its certificate has to be valid"),
            ] {
                let machine = try MachineUnderTest("house", fleet, [key: value])
                let program = try machine.start()
                #expect(await eventually { program.errors.contains("trying again") }, "\(key)")
                #expect(program.errors.contains(said), "\(key): \(program.errors)")
                // It waits longer and longer.
                #expect(program.errors.components(separatedBy: "trying again").count < 8)
                program.signal(SIGTERM)
                _ = try await program.wait()
            }
            let barn = try MachineUnderTest("barn", fleet)
            let program = try barn.start()
            #expect(await eventually { access(barn.socket, F_OK) == 0 }, "\(program.errors)")
            let told = try await visage("tail", "--fleet", "--no-reconnect", "--socket", barn.socket)
            #expect(told.exitCode == 1 && told.errors.contains("enroll it with --viewer"), "\(told)")
            #expect(!program.errors.contains(try String(contentsOf: key(fleet, "barn"), encoding: .utf8).prefix(20)))

            // One more machine, later.
            try await FleetUnderTest.fleet(["enroll", fleet.enrollment.path, "--in-place", "--machine", "gate"])
            fleet.reload(broker: 0)
            #expect(await eventually { fleet.log(broker: 0).contains("Reloaded") }, "\(fleet.log(broker: 0))")
            try await FleetUnderTest.fleet(["streams", fleet.enrollment.path])
            let gate = try MachineUnderTest("gate", fleet)
            let source = try await EventSource.start(in: gate.folder)
            source.publish(5)
            let (later, viewer) = (try gate.start(), try MachineUnderTest("house", fleet))
            let house = try viewer.start()
            var reading = FleetReading(viewer.socket)
            #expect(
                await eventually {
                    reading.read()
                    return reading.isComplete("gate", upTo: 5)
                }, "\(later.errors) \(house.errors)")
            await source.end()
        }

        private func key(_ fleet: FleetUnderTest, _ machine: String) -> URL {
            fleet.enrollment.appending(path: "machines/\(machine)/fleet.key")
        }

        @Test func aChangedConfigurationIsTakenOver() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], viewers: ["house"], in: folder)
            let house = try MachineUnderTest("house", fleet, ["share": "[]"])
            let source = try await EventSource.start(in: house.folder)
            source.publish(5)
            let program = try house.start()
            #expect(await eventually { access(house.socket, F_OK) == 0 }, "\(program.errors)")
            let file = URL(filePath: house.config)
            let whole = try Data(contentsOf: file)
            try (whole + Data("  numbr: 1\n".utf8)).write(to: file)
            program.signal(SIGHUP)
            #expect(await eventually { program.errors.contains("Not reloaded") }, "\(program.errors)")

            for change in ["[events, unknown]", "[events]"] {
                try house.configure(["share": change])
                let before = program.errors.matches(of: /was read again/).count
                program.signal(SIGHUP)
                #expect(await eventually { program.errors.matches(of: /was read again/).count > before })
                var reading = FleetReading(house.socket)
                #expect(
                    await eventually {
                        reading.read()
                        return reading.isComplete("house", upTo: 5)
                    }, "\(program.errors) \(reading.summary("house"))")
            }
            #expect(!program.hasEnded, "the same process")
            program.signal(SIGTERM)
            #expect(try await program.wait().exitCode == 0)
            await source.end()
        }

        /// A real daemon on the clip: all of its log is in the stream.
        @Test func aDaemonIsSeenInTheFleet() async throws {
            let material = try Material.get()
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house"], viewers: ["house"], in: folder)
            let machine = try MachineUnderTest("house", fleet)
            var options = DaemonUnderTest.Options(material)
            // Without an end, so that the camera is there for long enough.
            (options.pace, options.loop) = ("realtime", true)
            let program = try machine.start()
            let daemon = try await DaemonUnderTest.start(options, in: machine.folder)
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .appeared } })
            let last = try #require(daemon.collector.logged.last?.seq)
            var reading = FleetReading(machine.socket)
            #expect(
                await eventually {
                    reading.read()
                    return (reading.numbers["house"]?.last ?? 0) >= last
                }, "\(program.errors)")
            let isShown = try await eventually {
                try await visage("status", "--fleet", "--socket", machine.socket).output.contains(/house\s+up\s+1 of 1/)
            }
            #expect(isShown, "\(program.errors)")
            _ = try await daemon.stop()
        }
    }
}
