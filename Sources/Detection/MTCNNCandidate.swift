import VisageCore

/// A possible face, as one stage of MTCNN passes it to the next, in pixels of the scaled frame.
struct MTCNNCandidate {
    var box: BoundingBox
    var score: Float
    /// Shifts of the left, top, right and bottom edge that the last network proposes, as fractions of width and height.
    var correction: [Float]
    var landmarks: Landmarks?

    /// How the overlap of two boxes is measured.
    enum Measure {
        /// As a fraction of their union.
        case union
        /// As a fraction of the smaller one, so that a box inside another is suppressed.
        case minimum
    }

    var face: Face { Face(box: box, landmarks: landmarks, score: Double(min(1, score))) }

    /// With the edges shifted by the correction.
    var corrected: MTCNNCandidate {
        guard correction.count == 4, correction.allSatisfy(\.isFinite) else { return self }
        let by = correction.map { Double($0) }
        var moved = self
        moved.box = BoundingBox(
            x: box.x + by[0] * box.width, y: box.y + by[1] * box.height,
            width: box.width * (1 + by[2] - by[0]), height: box.height * (1 + by[3] - by[1]))
        return moved
    }

    /// Grown to a square around its middle; nil if nothing is left of it.
    var squared: MTCNNCandidate? {
        guard box.width >= 1, box.height >= 1 else { return nil }
        let side = max(box.width, box.height)
        var square = self
        square.box = BoundingBox(
            x: box.center.x - side / 2, y: box.center.y - side / 2, width: side, height: side)
        return square
    }

    /// - Parameter values: five x, then five y, as fractions of the box; the picture's left eye first.
    func landmarks(_ values: [Float]) -> Landmarks {
        func point(_ index: Int) -> Point {
            Point(
                x: box.x + Double(values[index]) * box.width, y: box.y + Double(values[5 + index]) * box.height)
        }
        return Landmarks(
            rightEye: point(0), leftEye: point(1), nose: point(2), rightMouth: point(3), leftMouth: point(4))
    }

    /// Of candidates that overlap by more than `overlap`, keeps the best; best first, equal scores in their order.
    static func suppress(
        _ candidates: [MTCNNCandidate], overlap: Double, by measure: Measure
    ) -> [MTCNNCandidate] {
        let ranked = candidates.enumerated().sorted {
            $0.element.score != $1.element.score ? $0.element.score > $1.element.score : $0.offset < $1.offset
        }
        var kept: [MTCNNCandidate] = []
        for (_, candidate) in ranked
        where !kept.contains(where: { Self.share($0.box, candidate.box, measure) > overlap }) { kept.append(candidate) }
        return kept
    }

    private static func share(_ one: BoundingBox, _ other: BoundingBox, _ measure: Measure) -> Double {
        switch measure {
        case .union: return one.overlap(other)
        case .minimum:
            let smaller = min(one.area, other.area)
            return smaller > 0 ? one.intersection(other) / smaller : 0
        }
    }
}
