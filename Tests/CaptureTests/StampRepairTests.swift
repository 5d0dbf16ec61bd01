import Capture
import Testing

@Suite struct StampRepairTests {
    private let frame: Int64 = 40_000_000

    private func repair(_ raw: [Int64?], mayJump: Bool = false) -> [Int64] {
        var repair = StampRepair()
        repair.mayJump = mayJump
        return raw.map { repair.next($0, duration: frame) }
    }

    @Test func goodStampsStayAndStartAtZero() {
        #expect(repair([7, 7 + frame, 7 + 3 * frame]) == [0, frame, 3 * frame])
    }

    @Test func missingOnesFollowTheFrameRate() {
        #expect(repair([nil, nil, nil]) == [0, frame, 2 * frame])
        #expect(repair([0, nil, 2 * frame]) == [0, frame, 2 * frame])
    }

    @Test func doubleAndBackwardOnesGrow() {
        #expect(repair([0, frame, frame, 3 * frame]) == [0, frame, 2 * frame, 3 * frame])
        #expect(repair([0, frame, 0, 3 * frame]) == [0, frame, 2 * frame, 3 * frame])
    }

    @Test func aClockThatStartsAnewGoesOn() {
        let late: Int64 = 100_000_000_000
        #expect(repair([late, late + frame, 5, 5 + frame]) == [0, frame, 2 * frame, 3 * frame])
    }

    @Test func aLeapIsAPauseUnlessTheContainerLeaps() {
        let hour: Int64 = 3_600_000_000_000
        #expect(repair([0, hour]) == [0, hour])
        #expect(repair([0, hour, hour + frame], mayJump: true) == [0, frame, 2 * frame])
    }

    @Test func extremesDoNotTrap() {
        let stamps = repair([.min, .max, .min, 0, .max, nil, .min, 5])
        #expect(stamps.count == 8)
    }

    @Test func startingOverGoesOn() {
        var repair = StampRepair()
        _ = repair.next(500, duration: frame)
        repair.startOver()
        #expect(repair.next(500, duration: frame) == frame)
        #expect(repair.next(500 + frame, duration: frame) == 2 * frame)
    }
}
