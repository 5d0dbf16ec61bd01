import VisageCore

/// Notices that a frame shows another scene than the one before, as in edited video or when a camera is switched:
/// the picture as a whole differs far more than motion makes it. Looks at a grid of luma samples, some
/// microseconds a frame.
package struct SceneCut {
    private static let columns = 32
    private static let rows = 18
    /// Mean difference of luma (0...255) that no motion of people or camera makes from one frame to the next.
    private static let minDifference = 16.0
    /// Minimum ratio of the difference to the mean difference of the frames before.
    private static let minRatio = 4.0

    private var last: [UInt8] = []
    /// Moving average of the difference between frames.
    private var meanDifference = 0.0

    package init() {}

    /// - Returns: whether `image` begins a new scene. The first one does not.
    package mutating func isCut(_ image: PixelBuffer) -> Bool {
        let plane = image.luma
        var grid: [UInt8] = []
        grid.reserveCapacity(Self.columns * Self.rows)
        for row in 0..<Self.rows {
            let line = plane.base + (2 * row + 1) * plane.height / (2 * Self.rows) * plane.stride
            for column in 0..<Self.columns { grid.append(line[(2 * column + 1) * plane.width / (2 * Self.columns)]) }
        }
        defer { last = grid }
        guard !last.isEmpty else { return false }
        var sum = 0
        for (one, other) in zip(grid, last) { sum += abs(Int(one) - Int(other)) }
        let difference = Double(sum) / Double(grid.count)
        let isCut = difference > max(Self.minDifference, Self.minRatio * meanDifference)
        // Cuts are left out of the average.
        if !isCut { meanDifference += 0.1 * (difference - meanDifference) }
        return isCut
    }
}
