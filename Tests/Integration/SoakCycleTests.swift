import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    @Suite(.soak) struct SoakCycleTests {
        /// Started and stopped over and over, now and then with no time to end: one log without a gap.
        @Test func manyStartsAndStops() async throws {
            let folder = try ScratchFolder()
            var options = DaemonUnderTest.Options.endless(try Material.get())
            var all: [Event] = []
            for cycle in 1...(Soak.isShort ? 8 : 300) {
                options.since = all.last?.seq ?? 0
                let daemon = try await DaemonUnderTest.start(options, in: folder)
                #expect(await eventually { daemon.collector.logged.contains { $0.name != nil } })
                if cycle % 4 == 0 {
                    daemon.program.signal(SIGKILL)
                    try await daemon.program.wait()
                    #expect(await eventually { daemon.collector.hasEnded })
                    all += daemon.collector.logged
                } else {
                    all += try await daemon.stop()
                }
            }
            // A killed daemon may have logged what it had no time to send; the next run has heard it then.
            #expect(all.map(\.seq) == all.indices.map { Int64($0) + 1 })
        }

        @Test func theWholeClipIsTheSameAtEveryPace() async throws {
            var options = DaemonUnderTest.Options(try Material.get())
            let folders = try (0..<4).map { _ in try ScratchFolder() }
            options.source = folders[3].file("clip.mp4").path
            try await Video.cut(
                Workspace.clip.path, from: Soak.isShort ? 20 : 0, seconds: Soak.isShort ? 18 : 42,
                to: options.source)
            let fast = try await DaemonUnderTest.run(options, in: folders[0]).map(\.comparable)
            let others = try Load()
            let busy = try await DaemonUnderTest.run(options, in: folders[1]).map(\.comparable)
            others.end()
            options.pace = "realtime"
            let slow = try await DaemonUnderTest.run(options, in: folders[2]).map(\.comparable)
            #expect(fast.count > 10 && busy == fast && slow == fast)
        }
    }
}
