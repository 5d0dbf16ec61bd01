import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    @Suite struct SoakRTSPTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        /// Fails over and over in every way, and nothing piles up.
        @Test func faultsLeaveNothingBehind() async throws {
            let camera = try await RTSPCameraUnderTest.start(material)
            let run = try await RTSPRun.start(material, camera, in: folder)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)))
            var sizes: [Double] = []
            var files: [Int] = []
            var threads: [Int] = []
            for cycle in 0..<(Soak.isShort ? 5 : 50) {
                let broken = try await self.break(camera, cycle)
                #expect(await run.firstDown(after: broken) != nil)
                let mended = try await mend(camera, cycle)
                #expect(await run.everybodyIsKnown(since: mended), "cycle \(cycle): \(run.logged.suffix(9))")
                // After so long the next fault is a new one; in a row of faults the daemon tries ever more seldom.
                if !Soak.isShort { await letPass(.seconds(11)) }
                sizes.append(Memory.resident(run.daemon.program.pid) ?? .infinity)
                files.append(Crowd.files(of: run.daemon))
                threads.append(self.threads(of: run.daemon))
            }
            // One round of the faults has had every kind of work that there is.
            let (warm, end) = (Kind.allCases.count - 1, sizes.count - 1)
            #expect(files[end] == files[warm], "\(files)")
            #expect(threads[end] <= threads[warm] + 1, "\(threads)")
            #expect(sizes[end] - sizes[warm] < 8, "\(sizes)")
            print("faults: MB \(sizes), files \(files), threads \(threads)")
            _ = try await run.stop()
        }

        private enum Kind: Int, CaseIterable { case kill, stop, stall }

        private func kind(_ cycle: Int) -> Kind { Kind.allCases[cycle % Kind.allCases.count] }

        private func `break`(_ camera: RTSPCameraUnderTest, _ cycle: Int) async throws -> MonotonicTime {
            switch kind(cycle) {
            case .kill: try await camera.kill()
            case .stop: camera.signal(SIGSTOP)
            case .stall: try await camera.tell("stall")
            }
        }

        private func mend(_ camera: RTSPCameraUnderTest, _ cycle: Int) async throws -> MonotonicTime {
            switch kind(cycle) {
            case .kill: try await camera.restart()
            case .stop: camera.signal(SIGCONT)
            case .stall: try await camera.tell("go")
            }
        }

        private func threads(of daemon: DaemonUnderTest) -> Int {
            let folder = "/proc/\(daemon.program.pid)/task"
            return (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
        }

        /// Three cameras miss nothing because of a fourth that comes and goes.
        @Test func aFlappingCameraConcernsNobodyElse() async throws {
            let duration = Duration.seconds(Soak.isShort ? 20 : 120)
            let calm = try await watch(withFlapping: false, for: duration)
            let disturbed = try await watch(withFlapping: true, for: duration)
            print("three cameras alone: \(calm)\nwith one that flaps: \(disturbed)")
            for (before, after) in zip(calm, disturbed) {
                // One in fifty: the runs begin and end at different moments of a stream, and the machine has other work.
                let tolerance = before.frames / 50 + 2
                #expect(after.frames >= before.frames - tolerance)
                #expect(after.skipped <= before.skipped + tolerance)
                #expect((after.damaged, after.missed) == (0, 0))
                #expect(after.events == before.events)
            }
        }

        /// What became of one camera.
        private struct Yield: Equatable {
            var frames = 0, skipped = 0, damaged = 0, missed = 0
            var events: [String: Int] = [:]
        }

        private func watch(withFlapping flaps: Bool, for duration: Duration) async throws -> [Yield] {
            let names = ["one", "two", "three"]
            let steady = try await RTSPCameraUnderTest.start(material)
            let flapping = try await RTSPCameraUnderTest.start(material)
            var options = DaemonUnderTest.Options(material)
            options.cameras = names.map { "{name: \($0), source: \"\(steady.url())\"}" }
            if flaps { options.cameras.append("{name: flapping, source: \"\(flapping.url())\"}") }
            let daemon = try await DaemonUnderTest.start(options, in: ScratchFolder())
            let request = EventRequest(types: ["frame", "stats"], cameras: names)
            #expect(
                await eventually {
                    names.allSatisfy { name in
                        daemon.collector.logged.count { $0.camera == name && $0.samples != nil } >= 3
                    }
                })
            let frames = try EventCollector(socket: daemon.socket, request)
            let start = MonotonicTime.now
            var turns = 0
            while MonotonicTime.now - start < duration {
                guard flaps else {
                    await letPass(duration, since: start)
                    break
                }
                let plays = flapping.plays
                // It flaps on whether the daemon has found it again or not.
                _ = await eventually(within: .seconds(3)) { flapping.plays > plays }
                try await flapping.kill()
                try await flapping.restart()
                turns += 1
            }
            #expect(!flaps || turns >= 5)
            let arrivals = frames.arrivals.filter { $0.time - start < duration }
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            return names.map { name in
                var yield = Yield()
                for event in arrivals.map(\.event) where event.camera == name {
                    if event.type == .frame { yield.frames += 1 }
                    yield.skipped += event.stats?.skipped ?? 0
                    yield.damaged += event.stats?.damaged ?? 0
                    yield.missed += event.stats?.missed ?? 0
                }
                for event in daemon.collector.logged where event.camera == name {
                    yield.events[event.type.rawValue, default: 0] += 1
                }
                return yield
            }
        }
    }
}
