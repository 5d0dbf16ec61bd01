import VisageCore

extension FaceQuality {
    /// What can be said before the face is cut out; sharpness and clarity are taken as perfect.
    public init(of face: Face, in image: PixelBuffer) {
        self.init(
            // FaceNet's input is 160 px; of a face of 20 px hardly anything is left.
            size: Self.ramp(face.box.shortSide, from: 20, to: 110),
            pose: face.landmarks.map(Self.pose) ?? 0.7,
            sharpness: 1,
            score: Self.ramp(face.score, from: 0.3, to: 0.9),
            completeness: Self.completeness(face.box, in: image), clarity: 1)
    }

    /// - Parameter variance: of the Laplacian of the 160 x 160 gray crop.
    static func sharpness(variance: Double) -> Double { ramp(variance.squareRoot(), from: 1, to: 10) }

    /// A box that reaches the frame's edge is that of a face of which nobody knows how much is beyond.
    static func completeness(_ box: BoundingBox, in image: PixelBuffer) -> Double {
        let inside = box.clipped(width: image.width, height: image.height)
        let share = box.area > 0 ? inside.area / box.area : 0
        let margin = min(
            inside.x, inside.y, Double(image.width) - inside.x - inside.width,
            Double(image.height) - inside.y - inside.height)
        return ramp(share, from: 0.6, to: 1) * (margin >= 1 ? 1 : 0.3)
    }

    /// 1 for a frontal face, towards 0 in profile: how far the nose stands off the middle between the eyes, and how
    /// far it stands off its usual height between eyes and mouth, both in the face's own tilted axes.
    static func pose(_ landmarks: Landmarks) -> Double {
        let across = landmarks.leftEye - landmarks.rightEye
        let eyes = landmarks.rightEye.middle(landmarks.leftEye)
        let mouth = landmarks.rightMouth.middle(landmarks.leftMouth)
        let down = mouth - eyes
        let distance = across.length
        let height = down.length
        guard distance > 1, height > 1 else { return 0 }
        let nose = landmarks.nose - eyes
        // Half the distance between the eyes is where the nose's tip stands over an eye: about 45 degrees.
        let yaw = abs(nose.dot(across)) / (distance * distance) * 2
        let pitch = abs(nose.dot(down) / (height * height) - 0.55)
        return ramp(1 - yaw, from: 0, to: 0.8) * ramp(1 - pitch, from: 0.5, to: 0.85)
    }

    /// 0 at `from` and below, 1 at `to` and above, straight between.
    static func ramp(_ value: Double, from: Double, to: Double) -> Double {
        min(1, max(0, (value - from) / (to - from)))
    }
}
