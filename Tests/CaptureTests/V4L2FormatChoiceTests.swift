import Capture
import Testing

@Suite struct V4L2FormatChoiceTests {
    private typealias Size = V4L2Offer.Size

    /// What of `offers` is chosen for 1280x720 at 30 frames a second; `rates` by format.
    private func choice(
        _ offers: [V4L2Offer], _ rates: [V4L2Format: V4L2Offer.Intervals] = [:], width: Int = 1280,
        height: Int = 720, fps: Double = 30
    ) -> V4L2FormatChoice? {
        .best(of: offers, width: width, height: height, fps: fps) { offer, _ in rates[offer.format] ?? .unknown }
    }

    private func listed(_ format: V4L2Format, _ sizes: Size...) -> V4L2Offer {
        V4L2Offer(format: format, sizes: .listed(sizes))
    }

    private func rate(_ rates: UInt32...) -> V4L2Offer.Intervals { .listed(rates.map { V4L2Interval(1, $0) }) }

    /// What most webcams offer: uncompressed pictures of this size are too much for the bus.
    @Test func motionJPEGWhereOthersAreTooSlow() throws {
        let found = try #require(
            choice(
                [listed(.yuyv, Size(640, 480), Size(1280, 720)), listed(.mjpg, Size(640, 480), Size(1280, 720))],
                [.yuyv: rate(10, 5), .mjpg: rate(60, 30, 15)]))
        #expect(found.format == .mjpg && found.size == Size(1280, 720))
        #expect(found.interval == V4L2Interval(1, 30))
    }

    @Test func theCheapestWhereAllAreFastEnough() {
        let size = Size(1280, 720)
        let all = V4L2Format.allCases.reversed().map { listed($0, size) }
        #expect(choice(all)?.format == .yu12)
        #expect(choice(all.filter { $0.format != .yu12 })?.format == .nv12)
        #expect(choice([listed(.h264, size), listed(.mjpg, size)])?.format == .mjpg)
        #expect(choice([listed(.h264, size)])?.format == .h264)
    }

    @Test func theSizeComesBeforeTheRate() {
        let offers = [listed(.yuyv, Size(640, 480)), listed(.h264, Size(1280, 720))]
        #expect(choice(offers, [.yuyv: rate(30), .h264: rate(5)])?.format == .h264)
    }

    @Test func ofTwoSizesAsCloseTheLarger() {
        let offers = [listed(.mjpg, Size(1180, 720), Size(1380, 720))]
        #expect(choice(offers)?.size == Size(1380, 720))
    }

    @Test func sizesInBetweenAreRoundedToWhatThereIs() {
        let range = V4L2Offer.Sizes.between(
            width: .init(48, 1920, step: 16), height: .init(32, 1080, step: 8))
        let offers = [V4L2Offer(format: .nv12, sizes: range)]
        #expect(choice(offers)?.size == Size(1280, 720))
        #expect(choice(offers, width: 1287, height: 4)?.size == Size(1280, 32))
        #expect(choice(offers, width: 9000, height: 9000)?.size == Size(1920, 1080))
        // Steps that do not reach the end, and none at all.
        #expect(V4L2Offer.Range(10, 35, step: 10).nearest(to: 35) == 30)
        #expect(V4L2Offer.Range(10, 35, step: 0).nearest(to: 17) == 17)
        #expect(V4L2Offer.Range(10, 5, step: 3).nearest(to: 99) == 10)
    }

    @Test func neverAnEmulatedOne() {
        let size = Size(1280, 720)
        let emulated = V4L2Offer(format: .yu12, sizes: .listed([size]), isEmulated: true)
        #expect(choice([emulated, listed(.mjpg, size)])?.format == .mjpg)
        #expect(choice([emulated]) == nil)
        #expect(choice([]) == nil)
    }

    @Test func ratesInBetweenAndOddOnes() {
        let offers = [listed(.mjpg, Size(1280, 720))]
        func interval(_ intervals: V4L2Offer.Intervals, fps: Double = 30) -> V4L2Interval? {
            choice(offers, [.mjpg: intervals], fps: fps)?.interval
        }
        let range = V4L2Offer.Intervals.between(shortest: V4L2Interval(1, 60), longest: V4L2Interval(1, 5))
        #expect(interval(range)?.fps == 30)
        #expect(interval(range, fps: 120) == V4L2Interval(1, 60))
        #expect(interval(range, fps: 1) == V4L2Interval(1, 5))
        // Television's 30 frames a second are 29.97.
        #expect(interval(.listed([V4L2Interval(1, 60), V4L2Interval(1001, 30000)])) == V4L2Interval(1001, 30000))
        // The slowest that is fast enough; the fastest where none is; fractions that mean nothing are passed over.
        #expect(interval(rate(60, 25, 50)) == V4L2Interval(1, 50))
        #expect(interval(rate(5, 15, 10)) == V4L2Interval(1, 15))
        #expect(interval(.listed([V4L2Interval(0, 30), V4L2Interval(1, 0)])) == nil)
        #expect(interval(.unknown) == nil)
    }

    @Test func bothOfTheKernelsNamesForJPEG() throws {
        #expect(V4L2Format(code: V4L2Format.code("JPEG")) == .mjpg)
        for format in V4L2Format.allCases { #expect(V4L2Format(code: V4L2Format.code(format.name)) == format) }
        #expect(V4L2Format(code: V4L2Format.code("RGB3")) == nil)
        // "YUYV" as linux/videodev2.h has it.
        #expect(V4L2Format.code("YUYV") == 0x5659_5559)
        let jpeg = V4L2Offer(
            format: .mjpg, code: V4L2Format.code("JPEG"), sizes: .listed([Size(640, 480)]))
        #expect(choice([jpeg])?.code == V4L2Format.code("JPEG"))
    }
}
