import Capture
import Testing
import VisageCore

@Suite struct BackoffTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test func waitsShortlyAtFirstAndNeverLongerThanAMinutesFailureDeserves() {
        var backoff = Backoff()
        var now = start
        var waits: [Duration] = []
        while now - start < .seconds(600) {
            let wait = backoff.failed(at: now, .mayHelp, chance: 1)
            waits.append(wait)
            if now - start < .seconds(60) { #expect(wait <= .seconds(2), "at \(now - start)") }
            now = now + wait
        }
        #expect(waits.first == .milliseconds(500))
        #expect(waits == waits.sorted())
        #expect(waits.last == .seconds(30))
        #expect(backoff.attempt == waits.count)
    }

    @Test func chanceShortensEveryWaitABit() {
        var (one, other) = (Backoff(), Backoff())
        for _ in 0..<20 {
            let short = one.failed(at: start, .mayHelp, chance: 0)
            let long = other.failed(at: start, .mayHelp, chance: 1)
            #expect(short < long && short >= long * 0.7)
        }
    }

    @Test func whatOnlyAPersonCanCureIsRetriedSlowlyFromTheBeginning() {
        var backoff = Backoff()
        #expect(backoff.failed(at: start, .needsPerson, chance: 1) == .seconds(30))
    }

    @Test func aCameraThatFailsAtOnceAfterEveryStartIsNotStartedTwiceASecondForEver() {
        var backoff = Backoff()
        var now = start
        for _ in 0..<100 {
            now = now + backoff.failed(at: now, .mayHelp, chance: 1)
            backoff.succeeded(at: now)
            now = now + .seconds(1)
        }
        #expect(backoff.failed(at: now, .mayHelp, chance: 1) > .seconds(10))
    }

    @Test func aFailureLongAfterTheLastOneIsANewTrouble() {
        var backoff = Backoff()
        for _ in 0..<50 { _ = backoff.failed(at: start, .mayHelp, chance: 1) }
        backoff.succeeded(at: start + .seconds(100))
        #expect(backoff.failed(at: start + .seconds(120), .mayHelp, chance: 1) == .milliseconds(500))
        #expect(backoff.attempt == 1)
    }
}
