import Daemon
import ServiceSupport
import Testing
import VisageCore

@Suite struct LogLimiterTests {
    private let start = MonotonicTime(nanoseconds: 0)

    @Test func aFlappingCameraIsToldOfNowAndThenAndNothingIsHidden() {
        var limiter = LogLimiter()
        // A message a second for a day.
        let passed = (0..<86_400).compactMap { limiter.admit("door warning", at: start + .seconds($0)) }
        #expect(passed.count <= 20 + 86_400 / 60 + 1)
        #expect(passed.count >= 86_400 / 60)
        #expect(passed.reduce(passed.count, +) >= 86_400 - 60, "what was held back is counted")
    }

    @Test func onesThatAreRareAllPass() {
        var limiter = LogLimiter()
        for number in 0..<100 { #expect(limiter.admit("door warning", at: start + .seconds(number * 60)) == 0) }
    }

    @Test func oneKindDoesNotSilenceAnother() {
        var limiter = LogLimiter()
        for _ in 0..<100 { _ = limiter.admit("door warning", at: start) }
        #expect(limiter.admit("door warning", at: start) == nil)
        #expect(limiter.admit("yard warning", at: start) == 0)
        #expect(limiter.admit("door error", at: start) == 0)
    }
}
