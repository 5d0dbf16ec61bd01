import Testing
import VisageCore

@Suite struct TimeTests {
    @Test func durationsConvert() {
        #expect(Duration.milliseconds(1500).inNanoseconds == 1_500_000_000)
        #expect(Duration.milliseconds(-1500).inNanoseconds == -1_500_000_000)
        #expect(Duration.microseconds(2500).milliseconds == 2.5)
        #expect(Duration.milliseconds(250).inSeconds == 0.25)
    }

    @Test(arguments: [
        (Duration(secondsComponent: .max, attosecondsComponent: 0), Int64.max),
        (Duration(secondsComponent: .min, attosecondsComponent: 0), Int64.min),
        // The seconds fit, their fraction no longer does.
        (Duration(secondsComponent: 9_223_372_036, attosecondsComponent: 900_000_000_000_000_000), Int64.max),
        (
            Duration(secondsComponent: -9_223_372_036, attosecondsComponent: -900_000_000_000_000_000),
            Int64.min
        ),
    ])
    func endlessDurationsSaturate(duration: Duration, nanoseconds: Int64) {
        #expect(duration.inNanoseconds == nanoseconds)
    }

    @Test func deadlinesBeyondTheEndOfTimeSaturate() {
        let never = MonotonicTime.now + .seconds(Int64.max)
        #expect(never.nanoseconds == .max)
        #expect(MonotonicTime.now < never)
    }

    @Test func timesDifferByDurations() {
        let start = MonotonicTime(nanoseconds: 5_000_000)
        #expect(start + .milliseconds(3) - start == .milliseconds(3))
        #expect(start < start + .nanoseconds(1))
        #expect(MonotonicTime.now <= MonotonicTime.now)
    }
}
