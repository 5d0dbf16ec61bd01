import Testing
import VisageCore

@Suite struct WorkMeterTests {
    @Test func onlyWaitingWorkThatNobodyDoesIsAStandstill() {
        let meter = WorkMeter()
        let later = MonotonicTime.now + .seconds(60)
        #expect(meter.stall(at: later) == .zero, "nothing waits")
        meter.begin()
        #expect(meter.stall(at: later) > .seconds(59))
        meter.begin()
        meter.end()
        #expect(meter.stall(at: later) > .seconds(59), "one still waits, counted from when the other was done")
        meter.end()
        #expect(meter.stall(at: later) == .zero)
    }

    @Test func workThatIsTakenBackIsNoProgress() {
        let meter = WorkMeter()
        meter.begin()
        let before = meter.stall(at: .now + .seconds(60))
        meter.begin()
        meter.withdraw()
        #expect(meter.stall(at: .now + .seconds(60)) >= before)
        meter.withdraw()
        #expect(meter.stall(at: .now + .seconds(60)) == .zero)
        meter.withdraw()
        meter.begin()
        #expect(meter.stall(at: .now + .seconds(60)) > .zero, "taking back too much does no harm")
    }
}
