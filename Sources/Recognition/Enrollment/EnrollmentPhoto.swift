import VisageCore

/// What a photo to learn a person from shows.
public enum EnrollmentPhoto {
    /// How much around the face is kept, in its own width and height on each side: enough for any detector, and not the
    /// room.
    private static let margin = 0.8
    /// Of a face near others: with less, detectors begin to miss it.
    private static let minMargin = 0.25

    /// The face with what is around it, in pixels of the frame; it may reach beyond the frame's edges.
    public static func surroundings(of face: Face) -> BoundingBox { surroundings(of: face.box, margin: margin) }

    /// The same, narrowed until no other face is in it, for that photo would be refused; nil where they are too near.
    public static func surroundings(of face: Face, among faces: [Face]) -> BoundingBox? {
        let others = faces.filter { $0 != face && $0.box.area > 0 }.map(\.box)
        return stride(from: margin, to: minMargin, by: -0.1).lazy.map { surroundings(of: face.box, margin: $0) }
            .first { wide in !others.contains { $0.intersection(wide) > 0 } }
    }

    private static func surroundings(of box: BoundingBox, margin: Double) -> BoundingBox {
        BoundingBox(
            x: box.x - margin * box.width, y: box.y - margin * box.height, width: box.width * (1 + 2 * margin),
            height: box.height * (1 + 2 * margin))
    }
}
