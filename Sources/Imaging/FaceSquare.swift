import Foundation
import VisageCore

/// A square of a picture, rotated by any angle, that is cut out for a network.
public struct FaceSquare: Sendable, Hashable {
    /// In pixels of the picture.
    public var center: Point
    /// In pixels of the picture.
    public var side: Double
    /// Radians, clockwise as one looks at the picture, by which its upper edge leans; cutting out turns it back.
    public var angle: Double

    public init(center: Point, side: Double, angle: Double = 0) {
        self.center = center
        self.side = side
        self.angle = angle
    }

    /// Around the box: its center and its longer side.
    /// - Parameter margin: fraction of the side that is added all around.
    public init(_ box: BoundingBox, margin: Double = 0) {
        self.init(center: box.center, side: max(box.width, box.height) * (1 + 2 * margin))
    }

    /// The square that maps `template` onto `points` with the least squared error: S. Umeyama,
    /// "Least-squares estimation of transformation parameters between two point patterns" (1991), which in two
    /// dimensions and without reflection has this closed form.
    /// - Parameter template: as fractions of the square, (0, 0) its top left corner.
    /// - Returns: nil if the points do not determine a square: fewer than two, or all in one place.
    public init?(fitting points: [Point], to template: [Point]) {
        guard points.count == template.count, points.count >= 2 else { return nil }
        let (from, to) = (Self.mean(points), Self.mean(template))
        var (spread, along, across) = (0.0, 0.0, 0.0)
        for (point, target) in zip(points, template) {
            let (x, y) = (point.x - from.x, point.y - from.y)
            let (u, v) = (target.x - to.x, target.y - to.y)
            spread += x * x + y * y
            along += x * u + y * v
            across += x * v - y * u
        }
        // From the picture to the square: (x, y) -> (a x - b y, b x + a y) plus a shift.
        let (a, b) = (along / spread, across / spread)
        let scale = (a * a + b * b).squareRoot()
        guard spread > 0, scale > 0, scale.isFinite else { return nil }
        // And back, from the square's middle.
        let (u, v) = ((0.5 - to.x) / (scale * scale), (0.5 - to.y) / (scale * scale))
        self.init(
            center: Point(x: from.x + a * u + b * v, y: from.y - b * u + a * v), side: 1 / scale,
            angle: atan2(-b, a))
    }

    private static func mean(_ points: [Point]) -> Point {
        let sum = points.reduce((0.0, 0.0)) { ($0.0 + $1.x, $0.1 + $1.y) }
        return Point(x: sum.0 / Double(points.count), y: sum.1 / Double(points.count))
    }

    /// The same square leaning by `angle` more.
    public func turned(by angle: Double) -> FaceSquare {
        FaceSquare(center: center, side: side, angle: self.angle + angle)
    }
}
