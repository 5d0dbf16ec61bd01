import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    @Suite struct SoakCycleTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        /// Started and stopped over and over, now and then with no time to end: one log without a gap.
        @Test func manyStartsAndStops() async throws {
            var options = DaemonUnderTest.Options.endless(material)
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
            var options = DaemonUnderTest.Options(material)
            options.source = folder.file("clip.mp4").path
            let (start, length) = Soak.isShort ? (20, 18) : (0, 42)
            try await Video.cut(Workspace.clip.path, from: start, seconds: length, to: options.source)
            let fast = try await DaemonUnderTest.run(options, in: ScratchFolder())
            #expect(fast.count > 10)
            let others = try Load()
            let busy = try await DaemonUnderTest.run(options, in: ScratchFolder())
            others.end()
            #expect(try busy.difference(from: fast) == nil)
            options.pace = "realtime"
            let slow = try await DaemonUnderTest.run(options, in: ScratchFolder())
            #expect(try slow.difference(from: fast) == nil)
        }
    }
}
