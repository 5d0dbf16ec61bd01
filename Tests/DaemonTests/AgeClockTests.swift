import Daemon
import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct AgeClockTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// Clocks that a test sets.
    private final class Clocks: Sendable {
        private let hours = Mutex((uptime: 1.0, wall: 500_000.0))

        func pass(_ hours: Double) { self.hours.withLock { $0 = ($0.uptime + hours, $0.wall + hours) } }
        func step(_ hours: Double) { self.hours.withLock { $0.wall += hours } }

        var reading: ClockTrust.Reading {
            hours.withLock {
                .init(
                    boot: "a", uptime: .seconds($0.uptime * 3600), wall: Date(timeIntervalSince1970: $0.wall * 3600))
            }
        }
    }

    @Test func aDaemonThatIsRestartedComesToTrustIt() {
        let clocks = Clocks()
        for _ in 0..<5 {
            let clock = AgeClock(file: scratch.file("clock.json")) { clocks.reading }
            #expect(clock.now() == nil && clock.missing() != nil)
            clocks.pass(5)
        }
        let clock = AgeClock(file: scratch.file("clock.json")) { clocks.reading }
        #expect(clock.now() == clocks.reading.wall && clock.missing() == nil)
        clocks.step(960)
        #expect(clock.now() == nil)
    }

    @Test(arguments: [
        "", "{", #"{"boot":"a","uptime":1e99,"offset":0,"is_behind":false,"was_proven":true,"proven":1}"#,
    ])
    func aDamagedFileProvesNothing(text: String) throws {
        try Data(text.utf8).write(to: scratch.file("clock.json"))
        #expect(AgeClock(file: scratch.file("clock.json")).now() == nil)
    }

    @Test func aFolderThatCannotBeWrittenIsNoTrouble() {
        #expect(AgeClock(file: URL(filePath: "/proc/clock.json")).now() == nil)
    }
}
