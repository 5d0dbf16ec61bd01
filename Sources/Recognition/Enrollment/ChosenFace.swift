import Foundation
import VisageCore

/// The face that was taken of a photo with several.
public struct ChosenFace: Sendable {
    public let photo: URL
    public let sha256: String
    public let person: String
    /// Faces among which there was a choice.
    public let faces: Int
    /// In pixels of the photo.
    public let box: BoundingBox
    /// `Embedding.similarity` to the mean of the person's other photos, of the face that was taken and of the next best.
    public let similarity: Double
    public let next: Double

    /// As `gallery.json` keeps it.
    var record: Gallery.Choice {
        Gallery.Choice(
            sha256: sha256, photo: photo.lastPathComponent, person: person, faces: faces,
            box: [box.x, box.y, box.width, box.height].map { Int($0.rounded()) }, similarity: similarity, next: next)
    }
}
