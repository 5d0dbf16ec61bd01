import Recognition
import Testing

@Suite struct MeasuredRateTests {
    /// Bounds as R's `binom.test` gives them.
    @Test(arguments: [
        (0, 100, 0, 0.036217), (5, 100, 0.016432, 0.112835), (100, 100, 0.963783, 1), (1, 1, 0.025, 1),
        (4, 806, 0.001354, 0.012658), (0, 434, 0, 0.008464),
    ])
    func boundsAreExact(_ count: Int, _ photos: Int, _ low: Double, _ high: Double) {
        let rate = MeasuredRate(count: count, of: photos, people: 1)
        #expect(abs(rate.low - low) < 2e-5 && abs(rate.high - high) < 2e-5, "\(rate)")
        #expect(rate.rate == Double(count) / Double(photos))
    }

    @Test func nothingSeenSaysNothing() {
        let rate = MeasuredRate(count: 0, of: 0, people: 0)
        #expect(rate.rate == 0 && rate.low == 0 && rate.high == 1)
    }

    @Test func manyPhotosTakeNoTime() {
        let rate = MeasuredRate(count: 50_000, of: 1_000_000, people: 10)
        #expect(rate.low > 0.0495 && rate.high < 0.0505, "\(rate)")
    }
}
