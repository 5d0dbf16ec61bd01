import Capture
import Foundation
import VisageCore

/// Somebody alone in a short film, which is played to and fro for as long as they are on stage.
public struct Performer: Sendable {
    /// The file's name without its ending.
    public let name: String
    let pictures: [PixelBuffer]
    /// Where the face is; nil where it is not seen.
    private let faces: [BoundingBox?]
    let fps: Double

    /// Frames that are taken of a film; they stay in memory.
    private static let most = 250

    /// - Parameter detector: says where the face is in each picture, with nobody else near.
    /// - Throws: `VisageError` if the file cannot be played or shows nobody.
    public init(_ file: URL, detector: any FaceDetector) throws {
        name = file.deletingPathExtension().lastPathComponent
        let source = try FileSource(path: file.path, options: FileSource.Options(pace: .fast))
        fps = source.info.fps ?? 25
        var pictures: [PixelBuffer] = []
        while pictures.count < Self.most, let frame = try source.nextFrame() { pictures.append(frame.image) }
        self.pictures = pictures
        faces = try pictures.map { try detector.detect(in: $0).first?.box }
        guard faces.contains(where: { $0 != nil }) else {
            throw VisageError(.unreadable, "\(file.path) shows no face")
        }
    }

    /// The picture that is shown so many frames after the first, and the face in it.
    func shot(_ number: Int) -> (picture: PixelBuffer, face: BoundingBox?) {
        let round = max(1, 2 * (pictures.count - 1))
        let place = number % round
        let index = place < pictures.count ? place : round - place
        return (pictures[index], faces[index])
    }
}
