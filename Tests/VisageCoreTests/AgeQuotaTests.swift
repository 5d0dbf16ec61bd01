import Testing
import VisageCore

@Suite struct AgeQuotaTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    /// Hours until all of `due` are deleted, looking every minute; nil if that takes more than three days.
    private func duration(due: Int, of total: Int, limit: Duration) -> Double? {
        var (quota, left, now) = (AgeQuota(limit: limit), due, start)
        for minute in 0..<(72 * 60) {
            left -= quota.take(due: left, of: total - due + left, at: now)
            if left == 0 { return Double(minute) / 60 }
            now = now + .seconds(60)
        }
        return nil
    }

    @Test(arguments: [1, 24, 1000, 100_000]) func everythingAtOnceTakesADay(count: Int) throws {
        let hours = try #require(duration(due: count, of: count, limit: Duration.seconds(2_592_000)))
        #expect(hours > 22 && hours < 25, "\(hours)")
    }

    @Test func aFirstLookDeletesNothing() {
        var quota = AgeQuota(limit: .seconds(30 * 86_400))
        #expect(quota.take(due: 1000, of: 1000, at: start) == 0)
        // A machine that slept for a month is no reason to hurry either.
        #expect(quota.take(due: 1000, of: 1000, at: start + .seconds(30 * 86_400)) == 41)
    }

    /// What comes in at an even pace goes at that pace, also with the shortest limit.
    @Test(arguments: [1, 30]) func keepsUp(days: Int) {
        let perHour = 60
        let kept = days * 24 * perHour
        var (quota, due, now) = (AgeQuota(limit: .seconds(days * 86_400)), 0, start)
        for _ in 0..<(48 * 60) {
            due += 1
            due -= quota.take(due: due, of: kept + due, at: now)
            now = now + .seconds(60)
        }
        #expect(due <= 2)
    }
}
