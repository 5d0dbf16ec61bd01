import Daemon
import Pipeline
import Testing

@Suite struct StallTimeoutsTests {
    @Test func followTheWatchdogsInterval() {
        let (shipped, slow) = (StallTimeouts(watchdog: .seconds(10)), StallTimeouts(watchdog: .seconds(60)))
        #expect(shipped.embedding == .seconds(8) && shipped.publishing == .seconds(10))
        #expect(slow.embedding == .seconds(48) && slow.publishing == .seconds(60))
        #expect(shipped.pipeline == PipelineTimeouts(), "the shipped unit's are the pipeline's own")
        #expect(slow.pipeline.processing == .seconds(48) && slow.pipeline.publishing == .seconds(42))
        #expect(slow.pipeline.recording == .seconds(180))
    }

    @Test func withoutAWatchdogTheyAreThoseOfTheShippedUnit() {
        #expect(StallTimeouts(watchdog: nil) == StallTimeouts(watchdog: .seconds(10)))
    }
}
