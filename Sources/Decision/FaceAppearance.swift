import VisageCore

/// What a face looks like, roughly: enough to see from one frame to the next whether it is still the same face in the
/// box, for next to nothing.
struct FaceAppearance: Sendable {
    /// Cells a side, and samples of luma a side of each.
    private static let cells = 8
    private static let samples = 4

    /// Luma of the cells, mean taken off, of unit length: brightness and contrast do not count.
    private let cell: [Float]

    /// nil for a box that is hardly in the picture, and for one in which nothing is to be seen.
    init?(_ box: BoundingBox, in image: PixelBuffer) {
        let inside = box.clipped(width: image.width, height: image.height)
        guard inside.area >= 0.5 * box.area, inside.shortSide >= Double(Self.cells) else { return nil }
        let count = Self.cells * Self.samples
        let rows = (0..<count).map { Int(inside.y + (Double($0) + 0.5) * inside.height / Double(count)) }
        let columns = (0..<count).map { Int(inside.x + (Double($0) + 0.5) * inside.width / Double(count)) }
        var cell = [Float](repeating: 0, count: Self.cells * Self.cells)
        for (y, row) in rows.enumerated() {
            let line = image.luma.base + row * image.luma.stride
            for (x, column) in columns.enumerated() {
                cell[y / Self.samples * Self.cells + x / Self.samples] += Float(line[column])
            }
        }
        let mean = cell.reduce(0, +) / Float(cell.count)
        let length = cell.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
        guard length > 1 else { return nil }
        self.cell = cell.map { ($0 - mean) / length }
    }

    /// Normalized cross-correlation, -1...1. From one frame to the next the same face falls below 0.7 at most once in 100 in
    /// two film clips (less than 5 times where it is 30 pixels wide and filmed by hand), another one in its place 9 times
    /// of 10. A fifth of a second later the same falls below 0.4 less than 5 times of 100 in the films, but oftener in the
    /// small one; another one 4 times of 10.
    func similarity(_ other: FaceAppearance) -> Float { zip(cell, other.cell).reduce(0) { $0 + $1.0 * $1.1 } }
}
