import Capture
import TestSupport
import Testing
import VisageCore

@Suite struct SettlingTests {
    /// - Returns: after how many milliseconds a camera of `fps` whose pictures have this brightness has settled.
    private func settled(fps: Int, brightness: (Int) -> Int) -> Int? {
        var settling = Settling()
        for number in 0..<1000 {
            let milliseconds = number * 1000 / fps
            let picture = Pictures.plain(width: 64, height: 64, y: UInt8(brightness(milliseconds)))
            if settling.isSettled(picture, at: MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)) {
                return milliseconds
            }
        }
        return nil
    }

    @Test func steadyLightIsSettledSoon() throws {
        #expect((300...400).contains(try #require(settled(fps: 15) { _ in 100 })))
        #expect((300...350).contains(try #require(settled(fps: 60) { _ in 100 })))
    }

    @Test func exposureIsWaitedFor() throws {
        // From black to 120 within 800 ms.
        #expect((800...1100).contains(try #require(settled(fps: 15) { min(120, 16 + $0 * 130 / 1000) })))
    }

    @Test func lightThatNeverRestsIsNotWaitedForForEver() throws {
        #expect(try #require(settled(fps: 15) { $0 / 66 % 2 == 0 ? 40 : 200 }) <= 1600)
    }

    @Test func aSlowCameraNeedsNoFivePictures() throws {
        #expect(try #require(settled(fps: 1) { _ in 100 }) == 2000)
    }
}
