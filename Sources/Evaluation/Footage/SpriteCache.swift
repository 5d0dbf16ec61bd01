import Foundation
import Imaging
import Synchronization
import VisageCore

/// Keeps the photos that are being shown, degraded and cut around their faces.
final class SpriteCache: Sendable {
    private let sprites = Mutex<[(number: Int, sprite: PixelBuffer)]>([])
    private static let capacity = 24

    func sprite(
        of shot: PassersBy.Shot, number: Int, faceWidth: Double, _ condition: PhotoCondition, _ scaler: Scaler
    ) throws -> PixelBuffer {
        if let known = sprites.withLock({ $0.first { $0.number == number }?.sprite }) { return known }
        let photo: PixelBuffer
        do {
            photo = try Photo.decode(Photo.read(shot.photo))
        } catch {
            throw VisageError(.unreadable, "\(shot.photo.path) cannot be read", cause: "\(error)")
        }
        let sprite = try condition.exposed(
            Self.around(shot.face, in: photo), scale: faceWidth / shot.face.width, scaler)
        sprites.withLock { sprites in
            sprites.append((number, sprite))
            if sprites.count > Self.capacity { sprites.removeFirst() }
        }
        return sprite
    }

    /// The largest part of the photo that has the face in its middle.
    private static func around(_ face: BoundingBox, in photo: PixelBuffer) -> PixelBuffer {
        let center = face.center
        let reach = (
            x: min(center.x, Double(photo.width) - center.x), y: min(center.y, Double(photo.height) - center.y)
        )
        let box = BoundingBox(
            x: center.x - reach.x, y: center.y - reach.y, width: 2 * reach.x, height: 2 * reach.y)
        return photo.part(box) ?? photo
    }
}
