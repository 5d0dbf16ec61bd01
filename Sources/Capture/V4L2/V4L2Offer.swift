/// What a camera offers, as it enumerates it.
package struct V4L2Offer: Sendable, Hashable {
    package struct Size: Sendable, Hashable {
        package var width: Int
        package var height: Int

        package init(_ width: Int, _ height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// One dimension of the sizes in between two.
    package struct Range: Sendable, Hashable {
        package var minimum: Int
        package var maximum: Int
        package var step: Int

        package init(_ minimum: Int, _ maximum: Int, step: Int = 1) {
            self.minimum = minimum
            self.maximum = maximum
            self.step = step
        }

        /// The member next to `value`.
        package func nearest(to value: Int) -> Int {
            let (step, top) = (max(1, step), max(minimum, maximum))
            let steps = (min(max(value, minimum), top) - minimum + step / 2) / step
            let found = minimum + steps * step
            return found > top ? found - step : found
        }
    }

    package enum Sizes: Sendable, Hashable {
        case listed([Size])
        case between(width: Range, height: Range)
    }

    /// Frame intervals of one size, in seconds.
    package enum Intervals: Sendable, Hashable {
        case listed([V4L2Interval])
        case between(shortest: V4L2Interval, longest: V4L2Interval)
        /// The driver does not say.
        case unknown
    }

    package let format: V4L2Format
    /// The kernel's number of the format: drivers have two for JPEG.
    package let code: UInt32
    package let sizes: Sizes
    /// Made by libv4l2 out of another one.
    package let isEmulated: Bool

    package init(format: V4L2Format, code: UInt32? = nil, sizes: Sizes, isEmulated: Bool = false) {
        self.format = format
        self.code = code ?? V4L2Format.code(format.name)
        self.sizes = sizes
        self.isEmulated = isEmulated
    }
}

/// The time between two frames as the kernel counts it: a fraction of a second.
package struct V4L2Interval: Sendable, Hashable {
    package var numerator: UInt32
    package var denominator: UInt32

    package init(_ numerator: UInt32, _ denominator: UInt32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The interval of a rate in frames a second.
    package init(fps: Double) { self.init(1000, UInt32(min(max(fps, 0.01), 10_000) * 1000)) }

    /// Frames a second; nil for a fraction that means nothing.
    package var fps: Double? {
        numerator > 0 && denominator > 0 ? Double(denominator) / Double(numerator) : nil
    }

    package var duration: Duration? { fps.map { .nanoseconds(Int64(1e9 / $0)) } }
}
