import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    @Suite(.enabled(if: Crowd.fits, Crowd.hint)) struct SoakCrowdTests {
        /// Crowds come and go, and all that is left of them is room for the next.
        @Test func crowdsLeaveNothingBehind() async throws {
            let (calm, disturbed) = (try ScratchFolder(), try ScratchFolder())
            var options = DaemonUnderTest.Options.endless(try Material.get())
            options.launcher = Crowd.narrowLimit
            let daemon = try await DaemonUnderTest.start(options, in: disturbed)
            var sizes: [Double] = []
            for _ in 0..<(Soak.isShort ? 4 : 60) {
                var crowd: Crowd? = try await Crowd.gather(at: daemon)
                #expect(await eventually { Crowd.files(of: daemon) > 1_024 })
                let heard = daemon.collector.logged.count
                #expect(await eventually { daemon.collector.logged.count > heard + 9 })
                sizes.append(Memory.resident(daemon.program.pid) ?? .infinity)
                #expect(crowd?.count ?? 0 > 1_000)
                crowd = nil
                #expect(await eventually { Crowd.files(of: daemon) < 100 })
            }
            let heard = try await daemon.stop()
            #expect((sizes.last ?? 0) - (sizes.dropFirst().first ?? 0) < 16, "\(sizes)")

            options.launcher = []
            let alone = try await DaemonUnderTest.start(options, in: calm)
            let enough = Swift.min(heard.count - 10, 60)
            #expect(await eventually { alone.collector.logged.count >= enough })
            let undisturbed = try await alone.stop()
            #expect(try Array(heard.prefix(enough)).difference(from: undisturbed.prefix(enough)) == nil)
        }
    }
}
