import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct FaceSquareTests {
    /// Any five points that are not in one line.
    private let template = [(0.34, 0.46), (0.66, 0.46), (0.5, 0.64), (0.37, 0.82), (0.63, 0.82)]
        .map { Point(x: $0.0, y: $0.1) }

    /// Where a point of the square, as fractions, lies in the picture.
    private func place(_ point: Point, in square: FaceSquare) -> Point {
        let (u, v) = ((point.x - 0.5) * square.side, (point.y - 0.5) * square.side)
        return Point(
            x: square.center.x + u * cos(square.angle) - v * sin(square.angle),
            y: square.center.y + u * sin(square.angle) + v * cos(square.angle))
    }

    @Test(arguments: [0.0, 0.3, -0.5, 2.8, -3.0], [12.0, 112, 900])
    func pointsThatFitAreFittedExactly(angle: Double, side: Double) throws {
        let square = FaceSquare(center: Point(x: 310, y: -20), side: side, angle: angle)
        let found = try #require(FaceSquare(fitting: template.map { place($0, in: square) }, to: template))
        #expect(abs(found.side - side) < 1e-6 * side && abs(found.angle - angle) < 1e-9)
        #expect(hypot(found.center.x - 310, found.center.y + 20) < 1e-6 * side)
    }

    /// No square nearby brings the points nearer to the template.
    @Test func otherPointsAreFittedByLeastSquares() throws {
        var random = SeededRandom(11)
        let points = template.map {
            Point(
                x: 200 * $0.x + .random(in: -15...15, using: &random),
                y: 200 * $0.y + .random(in: -15...15, using: &random))
        }
        /// In the template's own scale, as the fit counts.
        func error(_ square: FaceSquare) -> Double {
            zip(points, template).reduce(0) { sum, pair in
                let (x, y) = (pair.0.x - square.center.x, pair.0.y - square.center.y)
                let u = (x * cos(square.angle) + y * sin(square.angle)) / square.side + 0.5
                let v = (-x * sin(square.angle) + y * cos(square.angle)) / square.side + 0.5
                return sum + (u - pair.1.x) * (u - pair.1.x) + (v - pair.1.y) * (v - pair.1.y)
            }
        }
        let best = try #require(FaceSquare(fitting: points, to: template))
        for (x, y, side, angle) in [
            (1.0, 0.0, 0.0, 0.0), (-1, 0, 0, 0), (0, 1, 0, 0), (0, -1, 0, 0), (0, 0, 1, 0), (0, 0, -1, 0),
            (0, 0, 0, 0.01), (0, 0, 0, -0.01),
        ] {
            var other = best.turned(by: angle)
            other.center.x += x
            other.center.y += y
            other.side += side
            #expect(error(other) > error(best))
        }
    }

    @Test func pointsInOnePlaceSayNothing() {
        #expect(FaceSquare(fitting: template.map { _ in Point(x: 5, y: 5) }, to: template) == nil)
        #expect(FaceSquare(fitting: [Point(x: 5, y: 5)], to: [Point(x: 0, y: 0)]) == nil)
        #expect(FaceSquare(fitting: [], to: template) == nil)
        #expect(FaceSquare(fitting: template.map { _ in Point(x: .nan, y: 0) }, to: template) == nil)
    }

    /// A dot is cut out where it should be, to a fraction of a pixel, whatever the size, turn and scale.
    @Test(arguments: [0.01, 0.4, -1.1, 3.1], [30.0, 100, 260])
    func cutsLandWherePointsDo(angle: Double, side: Double) throws {
        let square = FaceSquare(center: Point(x: 151.3, y: 148.6), side: side, angle: angle)
        let dot = place(Point(x: 0.7, y: 0.35), in: square)
        let radius = side / 12
        let picture = Pictures.picture(
            width: 300, height: 300,
            luma: { x, y in
                UInt8(16 + 219 * min(1, max(0, radius + 0.5 - hypot(Double(x) + 0.5 - dot.x, Double(y) + 0.5 - dot.y))))
            })
        let cut = try SquareCrop(square, of: picture, side: 112, scaler: Scaler())
        var (sum, x, y) = (0.0, 0.0, 0.0)
        for row in 0..<112 {
            for column in 0..<112 {
                let weight = Double(cut.pixels[3 * (row * 112 + column)])
                sum += weight
                x += weight * (Double(column) + 0.5)
                y += weight * (Double(row) + 0.5)
            }
        }
        #expect(sum > 0 && hypot(x / sum / 112 - 0.7, y / sum / 112 - 0.35) < 0.006)
    }
}
