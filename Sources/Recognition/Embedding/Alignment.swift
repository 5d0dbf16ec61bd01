import Foundation
import Imaging
import Inference
import VisageCore

/// How a face is laid into an embedder's input.
public enum Alignment: String, Codable, Sendable, CaseIterable {
    /// The square around the detector's box, upright.
    case none
    /// That square turned until the eyes are level; or, where the network was trained so, with the eyes in its places.
    case eyes
    /// Eyes, nose and corners of the mouth where ArcFace has them.
    case fivePoint = "five-point"

    var needsLandmarks: Bool { self != .none }

    /// ArcFace's template for 112 x 112 pixels (InsightFace, `face_align.py`): right and left eye, nose, right and left
    /// corner of the mouth; as fractions of the square.
    static let template = [
        (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041),
    ].map { Point(x: $0.0 / 112, y: $0.1 / 112) }

    /// The square to cut out. Without landmarks, or with such as no face has, it is the upright one around the box.
    func square(for face: Face, _ crop: ModelManifest.Crop) -> FaceSquare {
        let upright = FaceSquare(face.box, margin: crop.margin)
        guard needsLandmarks, let marks = face.landmarks else { return upright }
        let fitted: FaceSquare?
        switch (self, crop.eyes) {
        case (.fivePoint, _):
            fitted = FaceSquare(
                fitting: [marks.rightEye, marks.leftEye, marks.nose, marks.rightMouth, marks.leftMouth],
                to: Self.template)
        case (_, let eyes?):
            fitted = FaceSquare(
                fitting: [marks.rightEye, marks.leftEye],
                to: eyes.compactMap { $0.count == 2 ? Point(x: $0[0], y: $0[1]) : nil })
        default:
            let across = marks.leftEye - marks.rightEye
            // In profile the line between the eyes says nothing of how the head stands.
            let isWide = across.length > 0.15 * max(face.box.width, face.box.height)
            fitted = isWide ? upright.turned(by: atan2(across.y, across.x)) : nil
        }
        guard let fitted, Self.isPlausible(fitted, for: face.box) else { return upright }
        return fitted
    }

    /// Landmarks of a face that is turned away, or is none, can ask for a square that has nothing to do with the box.
    private static func isPlausible(_ square: FaceSquare, for box: BoundingBox) -> Bool {
        let side = max(box.width, box.height)
        return (0.4...2.5).contains(square.side / side) && (square.center - box.center).length < side
    }
}
