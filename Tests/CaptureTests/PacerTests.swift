import Capture
import Testing
import VisageCore

@Suite struct PacerTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test func framesAreDueByTheirStamps() {
        var pacer = Pacer()
        #expect(pacer.due(.zero, now: start) == start)
        #expect(pacer.due(.milliseconds(40), now: start + .milliseconds(5)) == start + .milliseconds(40))
        #expect(pacer.due(.milliseconds(900), now: start + .milliseconds(60)) == start + .milliseconds(900))
    }

    @Test func aSmallDelayIsMadeGood() {
        var pacer = Pacer()
        _ = pacer.due(.zero, now: start)
        #expect(pacer.due(.milliseconds(40), now: start + .milliseconds(600)) == start + .milliseconds(40))
        #expect(pacer.due(.milliseconds(800), now: start + .milliseconds(610)) == start + .milliseconds(800))
    }

    @Test func ofALongDelayOnlyASecondIsMadeGood() {
        var pacer = Pacer()
        _ = pacer.due(.zero, now: start)
        _ = pacer.due(.seconds(1), now: start + .seconds(101))
        #expect(pacer.due(.seconds(3), now: start + .seconds(101)) == start + .seconds(102))
    }
}
