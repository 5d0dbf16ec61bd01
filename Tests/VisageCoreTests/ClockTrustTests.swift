import Foundation
import Testing
import VisageCore

@Suite struct ClockTrustTests {
    /// A machine whose clocks a test moves on.
    private struct Machine {
        var boot = 1
        var uptime = 100.0
        var wall = 1_800_000_000.0
        var trust: ClockTrust

        init() {
            trust = ClockTrust(Machine.reading(1, 100, 1_800_000_000))
            look()
        }

        private static func reading(_ boot: Int, _ uptime: Double, _ wall: Double) -> ClockTrust.Reading {
            .init(boot: "\(boot)", uptime: .seconds(uptime), wall: Date(timeIntervalSince1970: wall))
        }

        mutating func look() { trust.observe(Machine.reading(boot, uptime, wall)) }

        /// Runs, and looks once a minute.
        mutating func run(hours: Double, drift: Double = 0) {
            for _ in 0..<Int(hours * 60) {
                uptime += 60
                wall += 60 + drift
                look()
            }
        }

        mutating func step(hours: Double) {
            wall += hours * 3600
            look()
        }

        /// Off for so long, by its own clock, which may be wrong.
        mutating func reboot(off hours: Double) {
            boot += 1
            uptime = 20
            wall += hours * 3600
            look()
        }
    }

    @Test func aDayOfEvenTimeProvesAClock() {
        var machine = Machine()
        machine.run(hours: 23.9)
        #expect(!machine.trust.isTrusted && machine.trust.missing < .seconds(600))
        machine.run(hours: 0.2)
        #expect(machine.trust.isTrusted && machine.trust.missing == .zero)
    }

    @Test(arguments: [960.0, 0.2, -0.2, -960.0] as [Double]) func aStepEndsTheTrust(hours: Double) {
        var machine = Machine()
        machine.run(hours: 25)
        machine.step(hours: hours)
        #expect(!machine.trust.isTrusted)
        // Back again: which of the two was right, nobody knows.
        machine.step(hours: -hours)
        #expect(!machine.trust.isTrusted)
        machine.run(hours: 24.1)
        #expect(machine.trust.isTrusted)
    }

    @Test func aStepBetweenTwoRunsOfTheDaemonIsNoticed() {
        var machine = Machine()
        machine.run(hours: 25)
        (machine.uptime, machine.wall) = (machine.uptime + 60, machine.wall + 60 + 40 * 86_400)
        machine.look()
        #expect(!machine.trust.isTrusted)
    }

    @Test func correctionsOfSecondsAreNoSteps() {
        var machine = Machine()
        machine.run(hours: 12, drift: 0.0005)
        machine.step(hours: 0.02)
        machine.run(hours: 12.1)
        #expect(machine.trust.isTrusted)
    }

    /// Many small steps are as bad as one.
    @Test func whatAddsUpIsAStep() {
        var machine = Machine()
        machine.run(hours: 25)
        for _ in 0..<7 { machine.step(hours: 0.025) }
        #expect(!machine.trust.isTrusted)
    }

    @Test func restartedDailyItStaysTrusted() {
        var machine = Machine()
        for _ in 0..<4 {
            machine.run(hours: 8)
            machine.reboot(off: 16)
        }
        #expect(machine.trust.isTrusted)
    }

    @Test func onOneDayAWeekItIsTrustedNowAndThen() {
        var machine = Machine()
        var wasTrusted = false
        for _ in 0..<8 {
            machine.run(hours: 8)
            wasTrusted = wasTrusted || machine.trust.isTrusted
            machine.reboot(off: 160)
            #expect(!machine.trust.isTrusted)
        }
        #expect(wasTrusted)
    }

    @Test func aLongTimeOffHasToBeProven() {
        var machine = Machine()
        machine.run(hours: 25)
        machine.reboot(off: 40 * 24)
        #expect(!machine.trust.isTrusted)
        machine.run(hours: 23)
        #expect(!machine.trust.isTrusted)
        machine.run(hours: 1.1)
        #expect(machine.trust.isTrusted)
    }

    /// A board without a clock of its own begins where it was switched off, or in 1970, until NTP has answered.
    @Test(arguments: [-0.5, -400_000.0] as [Double]) func aClockThatIsPutRightAfterBoot(hours: Double) {
        var machine = Machine()
        machine.run(hours: 25)
        let before = machine.wall
        machine.reboot(off: hours)
        machine.run(hours: 0.1)
        #expect(!machine.trust.isTrusted)
        machine.step(hours: (before - machine.wall) / 3600 + 8)
        #expect(machine.trust.isTrusted)
    }

    @Test func aClockThatStaysBehindProvesItselfAnew() {
        var machine = Machine()
        machine.run(hours: 25)
        machine.reboot(off: -1000)
        machine.run(hours: 24)
        #expect(!machine.trust.isTrusted)
        machine.run(hours: 1.1)
        #expect(machine.trust.isTrusted)
    }

    @Test func isKeptAsItIs() throws {
        var machine = Machine()
        machine.run(hours: 25)
        let copy = try JSONDecoder().decode(ClockTrust.self, from: JSONEncoder().encode(machine.trust))
        #expect(copy == machine.trust && copy.isTrusted && copy.isSound)
        let bad = Data(#"{"boot":"1","uptime":1e300,"offset":0,"is_behind":false,"was_proven":true,"proven":0}"#.utf8)
        #expect(try !JSONDecoder().decode(ClockTrust.self, from: bad).isSound)
    }
}
