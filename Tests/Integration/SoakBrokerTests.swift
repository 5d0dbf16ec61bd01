import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak; the system tests have a short form"),
        .enabled(if: BrokerUnderTest.isInstalled, "mosquitto and mosquitto-clients are not installed"))
    struct SoakBrokerTests {
        @Test func everyEventArrivesWhateverDies() async throws {
            let folder = try ScratchFolder()
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            let result = try await BridgeHome(folder).killAtRandom(times: 100, broker, source)
            print("visage-mqtt: \(result)")
            #expect(result.isComplete, "\(result)")
        }

        /// Without a broker while a log of an hour is written, ten events a second; then it comes.
        @Test func anHourWithoutABrokerIsCaughtUp() async throws {
            let folder = try ScratchFolder()
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            let home = BridgeHome(folder)
            try home.configure(port: broker.port)
            let bridge = try home.start()
            let before = source.publish(10)
            #expect(await eventually { (try? home.place()) == before }, "\(bridge.errors)")
            try await broker.kill()
            #expect(await eventually { bridge.errors.contains("trying again") }, "\(bridge.errors)")
            // No more at once than the log takes on a slow disk.
            var last = before
            for _ in 0..<18 { last = source.publish(2_000) }
            let idle = Self.peakMemory(bridge.pid)
            // Until the subscriber is there, nothing may be published that it would miss.
            bridge.signal(SIGSTOP)
            try await broker.start()
            let subscriber = try await broker.subscribe("visage/lab/events")
            bridge.signal(SIGCONT)
            #expect(
                await eventually(within: machineTimeout) { bridge.errors.contains("Connected to the broker") },
                "\(bridge.errors)")
            let start = MonotonicTime.now
            #expect(
                await eventually(within: machineTimeout) { (try? home.place()) == last }, "\(bridge.errors)")
            let seconds = (MonotonicTime.now - start).inSeconds
            let peak = Self.peakMemory(bridge.pid)
            #expect(await eventually { subscriber.numbers("visage/lab/events").last == last })
            // What was confirmed before the broker died went to nobody who is asked here.
            let arrivals = Arrivals(Array(1...before) + subscriber.numbers("visage/lab/events"), upTo: last)
            print(
                """
                visage-mqtt: \(last - before) events of an hour without a broker caught up in \
                \(String(format: "%.1f", seconds)) s: \(arrivals); at most \(peak) MB, \(idle) MB before
                """)
            #expect(arrivals.isComplete, "\(arrivals)")
            #expect(peak > 0 && peak < idle + 32)
            bridge.signal(SIGTERM)
            #expect(try await bridge.wait().exitCode == 0)
            await source.end()
        }

        /// The most memory that a process has had, in MB.
        private static func peakMemory(_ process: Int32) -> Int {
            let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
            return status.firstMatch(of: #/VmHWM:\s+([0-9]+)/#).flatMap { Int($0.1) }.map { $0 >> 10 } ?? 0
        }
    }
}
