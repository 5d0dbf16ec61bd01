import Events
import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// What a camera notices of an attack on its neighbors. Speed is printed, beside that of a quiet daemon; that it stays up
    /// is required.
    @Suite(.enabled(if: !Soak.isShort, "takes seven minutes: runs in the full soak")) struct SoakAttackTests {
        private enum Attack: String, CaseIterable {
            case none = "nothing"
            case garbage = "a camera that sends garbage"
            case answer = "a camera that answers with 2 GB"
            case kills = "a capture process killed every second"
            case connections = "4,096 connections that come and go"
            case replays = "100 subscribers that ask for everything"
        }

        /// Of the `stats` events.
        private struct Speed: CustomStringConvertible {
            var fps: [Double] = []
            var p99: [Double] = []
            var statusMs: [Double] = []

            private func median(_ values: [Double]) -> Double { values.sorted().dropFirst(values.count / 2).first ?? 0 }
            var description: String {
                let figures = [
                    median(fps), median(p99), fps.min() ?? 0, p99.max() ?? 0, median(statusMs), statusMs.max() ?? 0,
                ]
                return figures.map { String(format: "%9.1f", $0) }.joined()
            }
        }

        @Test func neighborsGoOn() async throws {
            print(
                "fps and p99 of latency (ms): median, and worst interval; time of `visage status` (ms): median, longest"
            )
            print(String(repeating: " ", count: 42) + "      fps      p99  min fps  max p99   status  longest")
            for attack in Attack.allCases {
                let speed = try await run(attack)
                print(attack.rawValue.padding(toLength: 42, withPad: " ", startingAt: 0) + "\(speed)")
            }
        }

        private func run(_ attack: Attack) async throws -> Speed {
            let (material, folder) = (try Material.get(), try ScratchFolder())
            let camera = try await RTSPCameraUnderTest.start(material)
            let mode = attack == .garbage ? "garbage" : "length"
            let liar = try await HostileCamera.start(mode, "--bytes", "2100000000")
            let other =
                [.garbage, .answer].contains(attack) ? "rtsp://127.0.0.1:\(liar.port)/x" : camera.url(.mjpeg)
            var options = DaemonUnderTest.Options(material)
            options.cameras = ["{name: good, source: \"\(camera.url())\"}", "{name: other, source: \"\(other)\"}"]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let stats = try EventCollector(socket: daemon.socket, EventRequest(types: ["stats"], cameras: ["good"]))
            #expect(
                await eventually { daemon.collector.events.contains { $0.camera == "good" && $0.type == .sourceUp } })
            let attackers = try start(attack, daemon)
            let processes = CaptureProcesses(daemon: daemon.program.pid)
            let end = MonotonicTime.now + .seconds(Soak.isShort ? 25 : 65)
            var speed = Speed()
            while MonotonicTime.now < end {
                let next = MonotonicTime.now + .seconds(1)
                if attack == .kills, let victim = processes.all.first(where: { $0.camera.hasSuffix("mjpeg") }) {
                    kill(victim.process, SIGKILL)
                }
                let asked = MonotonicTime.now
                let outcome = try await visage("status", "--socket", daemon.socket, "--json")
                #expect(outcome.exitCode == 0, "\(outcome)")
                speed.statusMs.append((MonotonicTime.now - asked).milliseconds)
                await letPass(next - .now)
            }
            for attacker in attackers { attacker.signal(SIGKILL) }
            // The first interval has the start in it.
            let intervals = stats.events.compactMap(\.stats).dropFirst()
            speed.fps = intervals.map(\.fps)
            speed.p99 = intervals.map(\.latencyP99Ms)
            #expect(!daemon.collector.events.contains { $0.type == .sourceDown && $0.camera == "good" })
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            return speed
        }

        private func start(_ attack: Attack, _ daemon: DaemonUnderTest) throws -> [Program] {
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "hostile_subscribers.py")
                .path
            switch attack {
            case .connections: return [try Program("/usr/bin/python3", [script, daemon.socket, "idle", "4096"])]
            case .replays: return [try Program("/usr/bin/python3", [script, daemon.socket, "replay", "100"])]
            default: return []
            }
        }
    }
}
