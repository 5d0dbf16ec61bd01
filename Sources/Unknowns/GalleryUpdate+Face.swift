import Foundation
import Imaging
import Recognition
import VisageCore

extension GalleryUpdate {
    /// How far a face may be from where it is said to be: the overlap of the boxes as a share of what they cover.
    private static let minOverlap = 0.3

    /// Finds a face in a picture and cuts it out with what is around it.
    /// - Parameters:
    ///   - box: where it is in the picture; nil for the largest.
    ///   - source: for messages.
    /// - Returns: a JPEG file, and what the embedder sees of the face.
    /// - Throws: `VisageError` (unreadable) if there is no such face, (engine).
    public func cut(_ box: BoundingBox?, of picture: Data, from source: String) throws -> (Data, FaceSample) {
        let image = try Photo.decode(picture)
        let faces = try trainer.reader.faces(in: image)
        let face: Face?
        if let box {
            face = faces.filter { $0.box.overlap(box) >= Self.minOverlap }
                .max { $0.box.overlap(box) < $1.box.overlap(box) }
        } else {
            face = faces.max { $0.box.area < $1.box.area }
        }
        guard let face, face.box.area > 0 else {
            throw VisageError(.unreadable, "\(source) has no face \(box == nil ? "that can be used" : "there")")
        }
        // No other face: a photo of it shows one person.
        let wide = EnrollmentPhoto.surroundings(of: face, among: faces) ?? face.box
        guard let part = image.part(wide) else {
            throw VisageError(.unreadable, "\(source) has no face that can be used")
        }
        return (
            Data(try Photo.encode(part, as: .jpeg, quality: 95, scaler: Scaler())),
            try trainer.reader.sample(face, in: image)
        )
    }
}
