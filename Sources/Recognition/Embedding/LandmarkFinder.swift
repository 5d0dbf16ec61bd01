import VisageCore

/// Finds the landmarks of faces whose detector gives none, by another detector that looks at the face alone.
public struct LandmarkFinder: Sendable {
    /// What is shown beside the box, in parts of its longer side: a face that fills the picture is not found.
    private static let margin = 0.5
    /// IoU: less is another face.
    private static let minOverlap = 0.3

    private let detector: any FaceDetector

    /// - Parameter detector: one that gives landmarks.
    public init(detector: any FaceDetector) { self.detector = detector }

    /// nil if no face with landmarks is there.
    /// - Throws: `VisageError` (engine).
    func landmarks(of face: Face, in image: PixelBuffer) throws -> Landmarks? {
        let reach = Self.margin * max(face.box.width, face.box.height)
        var around = BoundingBox(
            x: face.box.x - reach, y: face.box.y - reach, width: face.box.width + 2 * reach,
            height: face.box.height + 2 * reach
        ).clipped(width: image.width, height: image.height)
        // From an even corner, where parts of a picture begin.
        let corner = Point(x: Double(Int(around.x) & ~1), y: Double(Int(around.y) & ~1))
        around.width += around.x - corner.x
        around.height += around.y - corner.y
        (around.x, around.y) = (corner.x, corner.y)
        guard let part = image.part(around) else { return nil }
        let found = try detector.detect(in: part).map { $0.moved(corner) }
        let best = found.max { $0.box.overlap(face.box) < $1.box.overlap(face.box) }
        return best.flatMap { $0.box.overlap(face.box) >= Self.minOverlap ? $0.landmarks : nil }
    }
}

extension Face {
    fileprivate func moved(_ by: Point) -> Face {
        func point(_ point: Point) -> Point { Point(x: point.x + by.x, y: point.y + by.y) }
        return Face(
            box: BoundingBox(x: box.x + by.x, y: box.y + by.y, width: box.width, height: box.height),
            landmarks: landmarks.map {
                Landmarks(
                    rightEye: point($0.rightEye), leftEye: point($0.leftEye), nose: point($0.nose),
                    rightMouth: point($0.rightMouth), leftMouth: point($0.leftMouth))
            },
            score: score)
    }
}
