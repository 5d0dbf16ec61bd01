import Capture
import Testing
import VisageCore

@Suite struct LagMeterTests {
    private let interval = Duration.milliseconds(40)

    /// Feeds pictures of 25 fps whose way here took `delays` milliseconds.
    private func lags(_ delays: [Int], _ meter: inout LagMeter, from first: Int = 0) -> [Int] {
        delays.enumerated().map { index, delay in
            let stamp = interval * (first + index)
            let arrived = MonotonicTime(nanoseconds: 7_000_000_000_000) + stamp + .milliseconds(delay)
            return Int(meter.lag(stamp: stamp, arrived: arrived).milliseconds.rounded())
        }
    }

    @Test func theFastestWaySetsTheMeasure() {
        var meter = LagMeter()
        let lags = lags([80, 30, 30, 130, 30], &meter)
        #expect(lags[0] == 0 && lags[1] == 0)
        // Less the little that the measure gave way meanwhile.
        #expect((75...100).contains(lags[3]), "\(lags)")
        #expect(lags[4] == 0)
    }

    @Test func whatPilesUpDuringAStallIsLateUntilItIsWorkedOff() {
        var meter = LagMeter()
        _ = lags(Array(repeating: 10, count: 100), &meter)
        // We stood still for 20 s; then 500 pictures come at once, 4 ms each.
        let rush = (0..<500).map { 20_010 - $0 * 36 }
        let lags = lags(rush, &meter, from: 100)
        for (lag, delay) in zip(lags, rush) {
            #expect(lag >= delay - 600, "a picture \(delay) ms late counts as \(lag)")
        }
    }

    @Test func aLongerWayForGoodIsForgiven() {
        var meter = LagMeter()
        _ = lags(Array(repeating: 10, count: 50), &meter)
        let lags = lags(Array(repeating: 510, count: 100), &meter, from: 50)
        #expect(lags[0] > 450)
        #expect(lags[75] < 50, "after 3 s")
    }

    @Test func aClockThatIsSetBackStartsAnew() {
        var meter = LagMeter()
        _ = lags([10, 10], &meter, from: 1000)
        #expect(lags([10], &meter, from: 5) == [0])
    }

    @Test func withoutStampsNothingIsLate() {
        var meter = LagMeter()
        #expect(meter.lag(stamp: nil, arrived: .now) == .zero)
    }
}
