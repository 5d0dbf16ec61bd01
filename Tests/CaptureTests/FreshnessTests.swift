import Capture
import TestSupport
import Testing
import VisageCore

@Suite struct FreshnessTests {
    private let start = MonotonicTime(nanoseconds: 0)

    private func picture(_ number: Int) -> PixelBuffer {
        Pictures.picture(width: 64, height: 48, luma: { x, y in UInt8((x * 3 + y * 5 + number * 7) & 255) })
    }

    /// One picture each 100 ms.
    private func freeze(
        _ freshness: inout Freshness, seconds: Int, picture: (Int) -> PixelBuffer, stamp: (Int) -> Duration?
    ) -> (what: Freshness.Freeze, at: Double)? {
        for number in 0..<seconds * 10 {
            let time = Duration.milliseconds(number * 100)
            if let what = freshness.check(picture(number), stamp: stamp(number), now: start + time) {
                return (what, time.inSeconds)
            }
        }
        return nil
    }

    @Test func aLiveSceneIsFresh() {
        var freshness = Freshness(limit: .seconds(5))
        // A clip of ten seconds that is played again and again is fresh too.
        #expect(freeze(&freshness, seconds: 60, picture: { picture($0 % 100) }, stamp: { .seconds($0) }) == nil)
    }

    @Test func theSamePictureAgainAndAgainIsFound() throws {
        var freshness = Freshness(limit: .seconds(5))
        let found = freeze(&freshness, seconds: 60, picture: { _ in picture(0) }, stamp: { .seconds($0) })
        #expect(found?.what == .picture)
        #expect((5...5.2).contains(try #require(found).at))
    }

    @Test func aFrozenEncoderThatAlternatesIsFound() {
        var freshness = Freshness(limit: .seconds(5))
        // Key frame and what follows differ a little, second for second the same.
        let found = freeze(&freshness, seconds: 60, picture: { picture($0 % 10) }, stamp: { .seconds($0) })
        #expect(found?.what == .picture)
    }

    @Test func aClockThatStandsStillIsFound() {
        var freshness = Freshness(limit: .seconds(5))
        let found = freeze(&freshness, seconds: 60, picture: { picture($0) }, stamp: { _ in .seconds(3) })
        #expect(found?.what == .clock)
    }

    @Test func aCameraWithoutAClockIsFresh() {
        var freshness = Freshness(limit: .seconds(5))
        #expect(freeze(&freshness, seconds: 20, picture: { picture($0) }, stamp: { _ in nil }) == nil)
    }

    @Test func zeroSwitchesItOff() {
        var freshness = Freshness(limit: .zero)
        #expect(freeze(&freshness, seconds: 60, picture: { _ in picture(0) }, stamp: { _ in .zero }) == nil)
    }

    @Test func afterARestartTheOldPictureIsNoNewOne() {
        var freshness = Freshness(limit: .seconds(5))
        _ = freeze(&freshness, seconds: 60, picture: { _ in picture(0) }, stamp: { .seconds($0) })
        freshness.start()
        for number in 0..<5 { _ = freshness.check(picture(0), stamp: .seconds(number), now: start) }
        #expect(freshness.newPictures == 0)
        _ = freshness.check(picture(1), stamp: .seconds(9), now: start)
        #expect(freshness.newPictures == 1)
    }
}
