/// What to ask of a camera. Pure.
package struct V4L2FormatChoice: Sendable, Hashable {
    package let format: V4L2Format
    package let code: UInt32
    package let size: V4L2Offer.Size
    /// nil if the driver does not say what it can do: then what is wanted is asked for.
    package let interval: V4L2Interval?

    /// Rates that come this close are the one that was meant: 30000/1001 is 30.
    private static let tolerance = 0.02

    /// The best of what is offered: the size that comes closest, then the rate, then the cheapest format.
    /// - Parameter intervals: what the camera can do in a format at a size
    /// - Returns: nil if nothing that this program reads is offered.
    package static func best(
        of offers: [V4L2Offer], width: Int, height: Int, fps: Double,
        intervals: (V4L2Offer, V4L2Offer.Size) -> V4L2Offer.Intervals
    ) -> V4L2FormatChoice? {
        let wanted = V4L2Offer.Size(width, height)
        let native = offers.filter { !$0.isEmulated }
        let sized = native.flatMap { offer in candidates(offer.sizes, wanted).map { (offer, $0) } }
        guard let closest = sized.map({ distance($0.1, wanted) }).min() else { return nil }
        let choices = sized.filter { distance($0.1, wanted) == closest }.map { offer, size in
            V4L2FormatChoice(
                format: offer.format, code: offer.code, size: size, interval: interval(intervals(offer, size), fps))
        }
        return choices.min { left, right in
            let (leftLack, rightLack) = (left.lack(fps), right.lack(fps))
            if leftLack != rightLack { return leftLack < rightLack }
            // Of two sizes as close, the larger shows more.
            let (leftArea, rightArea) = (left.size.width * left.size.height, right.size.width * right.size.height)
            if leftArea != rightArea { return leftArea > rightArea }
            return left.format < right.format
        }
    }

    /// How many frames a second it stays behind; silence counts as none.
    private func lack(_ fps: Double) -> Double {
        guard let rate = interval?.fps, rate < fps * (1 - Self.tolerance) else { return 0 }
        return fps - rate
    }

    private static func distance(_ size: V4L2Offer.Size, _ wanted: V4L2Offer.Size) -> Int {
        abs(size.width - wanted.width) + abs(size.height - wanted.height)
    }

    private static func candidates(_ sizes: V4L2Offer.Sizes, _ wanted: V4L2Offer.Size) -> [V4L2Offer.Size] {
        switch sizes {
        case .listed(let sizes): sizes
        case .between(let width, let height):
            [V4L2Offer.Size(width.nearest(to: wanted.width), height.nearest(to: wanted.height))]
        }
    }

    /// The slowest that is fast enough, else the fastest.
    private static func interval(_ intervals: V4L2Offer.Intervals, _ fps: Double) -> V4L2Interval? {
        switch intervals {
        case .unknown: return nil
        case .listed(let listed):
            let known = listed.filter { $0.fps != nil }.sorted { ($0.fps ?? 0) < ($1.fps ?? 0) }
            return known.first { ($0.fps ?? 0) >= fps * (1 - tolerance) } ?? known.last
        case .between(let shortest, let longest):
            if let maximum = shortest.fps, maximum < fps { return shortest }
            if let minimum = longest.fps, minimum > fps { return longest }
            return V4L2Interval(fps: fps)
        }
    }
}
