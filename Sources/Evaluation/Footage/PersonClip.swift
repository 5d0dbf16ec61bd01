import Capture
import Foundation
import VisageCore

/// A short film of one person alone. It is played forward and backward in turn, so that it can be shown for any time.
public struct PersonClip: Sendable {
    /// The file's name without its extension.
    public let name: String
    let pictures: [PixelBuffer]
    /// The face in each picture; nil where it was not found.
    private let faces: [BoundingBox?]
    let fps: Double

    /// Frames that are read from a film; they stay in memory.
    private static let maxPictures = 250

    /// - Parameter detector: finds the face in each picture; its first result is taken.
    /// - Throws: `VisageError` if the file cannot be played or shows no face.
    public init(_ file: URL, detector: any FaceDetector) throws {
        name = file.deletingPathExtension().lastPathComponent
        let source = try FileSource(path: file.path, options: FileSource.Options(pace: .fast))
        fps = source.info.fps ?? 25
        var pictures: [PixelBuffer] = []
        while pictures.count < Self.maxPictures, let frame = try source.nextFrame() { pictures.append(frame.image) }
        self.pictures = pictures
        faces = try pictures.map { try detector.detect(in: $0).first?.box }
        guard faces.contains(where: { $0 != nil }) else {
            throw VisageError(.unreadable, "\(file.path) shows no face")
        }
    }

    /// The picture that is shown `number` frames after the first one, and the face in it.
    func shot(_ number: Int) -> (picture: PixelBuffer, face: BoundingBox?) {
        let period = max(1, 2 * (pictures.count - 1))
        let place = number % period
        let index = place < pictures.count ? place : period - place
        return (pictures[index], faces[index])
    }
}
