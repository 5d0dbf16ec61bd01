import VisageCore

/// Decides when the pictures of a camera that was just opened can be used: once the exposure is stable and the decoder has
/// all that it needs. Pure.
package struct Settling {
    private static let pictures = 5
    private static let minDuration = Duration.milliseconds(300)
    /// Pictures are used after this time even if the brightness still changes.
    private static let maxDuration = Duration.milliseconds(1500)
    /// Mean luma (0...255) may differ by so much between the last few pictures.
    private static let tolerance = 4.0
    private static let window = 4

    private var began: MonotonicTime?
    private var count = 0
    private var brightness: [Double] = []
    private var isOver = false

    package init() {}

    /// - Returns: whether this picture can be used.
    package mutating func isSettled(_ image: PixelBuffer, at now: MonotonicTime) -> Bool {
        if isOver { return true }
        let elapsed = now - (began ?? now)
        if began == nil { began = now }
        count += 1
        brightness = brightness.suffix(Self.window - 1) + [Self.mean(image)]
        let spread = (brightness.max() ?? 0) - (brightness.min() ?? 0)
        isOver =
            elapsed >= Self.maxDuration
            || count >= Self.pictures && elapsed >= Self.minDuration && spread <= Self.tolerance
        return isOver
    }

    /// Over a grid of samples.
    private static func mean(_ image: PixelBuffer) -> Double {
        let plane = image.luma
        var sum = 0
        var count = 0
        for y in stride(from: 4, to: plane.height, by: 16) {
            for x in stride(from: 4, to: plane.width, by: 16) {
                sum += Int(plane.base[y * plane.stride + x])
                count += 1
            }
        }
        return count > 0 ? Double(sum) / Double(count) : 0
    }
}
