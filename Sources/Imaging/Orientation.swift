import VisageCore

/// How a picture must be turned, and perhaps mirrored, to be shown upright.
package struct Orientation: Equatable {
    /// Where a step to the right and a step down in the upright picture lead in the stored one; each -1, 0 or 1.
    private let right: (x: Int, y: Int)
    private let down: (x: Int, y: Int)

    package static let upright = Orientation(right: (1, 0), down: (0, 1))

    package var isUpright: Bool { self == .upright }
    /// Whether width and height change places.
    package var isSideways: Bool { right.x == 0 }

    private init(right: (x: Int, y: Int), down: (x: Int, y: Int)) {
        self.right = right
        self.down = down
    }

    /// From FFmpeg's display matrix, nine numbers a b u c d v x y w, which sends the stored point (p, q) to
    /// (a p + c q, b p + d q). Anything but quarter turns and mirrorings counts as upright.
    package init(displayMatrix matrix: [Int32]) {
        guard matrix.count == 9 else {
            self = .upright
            return
        }
        // The inverse of a matrix of quarter turns is its transpose.
        let (a, b, c, d) = (matrix[0].signum(), matrix[1].signum(), matrix[3].signum(), matrix[4].signum())
        let straight = a != 0 && d != 0 && b == 0 && c == 0
        let sideways = a == 0 && d == 0 && b != 0 && c != 0
        self =
            straight || sideways
            ? Orientation(right: (Int(a), Int(c)), down: (Int(b), Int(d))) : .upright
    }

    /// From the orientation of EXIF, 1...8: where the first row and the first column of the stored picture are when it is
    /// upright. nil for any other number.
    init?(exif value: Int) {
        let turns: [(right: (x: Int, y: Int), down: (x: Int, y: Int))] = [
            ((1, 0), (0, 1)), ((-1, 0), (0, 1)), ((-1, 0), (0, -1)), ((1, 0), (0, -1)),
            ((0, 1), (1, 0)), ((0, -1), (1, 0)), ((0, -1), (-1, 0)), ((0, 1), (-1, 0)),
        ]
        guard (1...turns.count).contains(value) else { return nil }
        self.init(right: turns[value - 1].right, down: turns[value - 1].down)
    }

    package static func == (one: Orientation, other: Orientation) -> Bool {
        one.right == other.right && one.down == other.down
    }

    /// Fills `target` with `source` turned upright. `target` must have the turned size.
    package func turn(_ source: Plane, into target: Plane) {
        let startX = right.x + down.x < 0 ? source.width - 1 : 0
        let startY = right.y + down.y < 0 ? source.height - 1 : 0
        let start = UnsafePointer(source.base) + startY * source.stride + startX
        let stepRight = right.x + right.y * source.stride
        let stepDown = down.x + down.y * source.stride
        // Square tiles, so that a quarter turn's column of reads finds its cache lines again in the next row.
        let tile = 64
        for top in stride(from: 0, to: target.height, by: tile) {
            for left in stride(from: 0, to: target.width, by: tile) {
                let columns = min(tile, target.width - left)
                for y in top..<min(top + tile, target.height) {
                    let output = target.base + y * target.stride + left
                    let input = start + y * stepDown + left * stepRight
                    for x in 0..<columns { output[x] = input[x * stepRight] }
                }
            }
        }
    }
}
