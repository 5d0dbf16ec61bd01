import Foundation
import TestSupport
import Testing

extension SoakTests {
    /// Ten minutes; the short form, which CI runs, one.
    @Suite(.enabled(if: BareDebian.problem == nil, "\(BareDebian.hint)"))
    struct SoakSystemdTests {
        @Test func theWatchdogRestartsWhatHangsAndNothingElse() async throws {
            let folder = try await BareDebian.material()
            try FileManager.default.copyItem(
                atPath: Programs.visagedHanging, toPath: folder.file("visaged-hanging").path)
            // Seconds for which cameras are away, and the deadline that the unit has.
            let away = Soak.isShort ? 60 : 600
            try Data("AWAY=\(away) DEADLINE=10\n".utf8).write(to: folder.file("settings"))
            let outcome = try await BareDebian.run("watchdog.sh", within: machineTimeout + .seconds(away), in: folder)
            try #require(outcome.status == 0, "\(outcome.log)")
            #expect(outcome.lines("restarts") == ["camera 1", "queue 1", "publisher 1"])
            let delays = outcome.lines("delays").compactMap(Double.init)
            #expect(delays.count == 3 && delays.allSatisfy { $0 < 10 }, "\(delays)")
            for problem in ["a call into the camera's driver does not return", "faces wait to be embedded"] {
                #expect(outcome.text("complaints").contains(problem), "\(outcome.text("complaints"))")
            }
            #expect(outcome.text("status.away").hasPrefix("0 of 2 cameras up"), "\(outcome.text("status.away"))")
        }
    }
}
