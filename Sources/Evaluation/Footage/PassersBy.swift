import Foundation
import Imaging
import Synchronization
import VisageCore

/// People who pass a camera, made of photos: each passage shows one person's photos one after the other for some seconds,
/// moving and coming closer, at a given width of the face; some blurred, some dark or bright, every frame compressed. Several
/// people are in the picture at a time, each in a tile of it; no two in the same tile within the time that a track is kept.
public struct PassersBy: Footage {
    /// A photo, and where the face is in it.
    public struct Shot: Sendable {
        public let photo: URL
        /// In pixels of the photo.
        public let face: BoundingBox

        public init(photo: URL, face: BoundingBox) {
            self.photo = photo
            self.face = face
        }
    }

    /// One person's way past the camera.
    public struct Passage: Sendable {
        public let person: String
        public let shots: [Shot]

        public init(person: String, shots: [Shot]) {
            self.person = person
            self.shots = shots
        }
    }

    public let name: String
    public let isComplete = true
    public let passages: [Passage]
    /// Of the faces, in pixels of the frame, halfway through a passage.
    private let faceWidth: Double
    private let seed: UInt64

    static let fps = 15.0
    private static let columns = 3
    private static let rows = 2
    private static var tiles: Int { columns * rows }
    /// Seconds that a passage lasts at least; otherwise each of its photos is shown for a second.
    private static let leastSeconds = 2.0
    /// Seconds between two passages in the same tile; a track is lost after three.
    private static let absence = 3.4
    /// Side of a tile in widths of a face: a photo of LFW measures 2.6 of them, and there has to be room to move.
    private static let tileWidths = 3.4

    /// - Parameters:
    ///   - faceWidth: in pixels of the frame.
    ///   - seed: of the ways in which photos are moved and degraded.
    public init(_ passages: [Passage], faceWidth: Double, seed: UInt64) {
        name = "faces of \(Int(faceWidth)) pixels"
        self.passages = passages.filter { !$0.shots.isEmpty }
        self.faceWidth = faceWidth
        self.seed = seed
    }

    private var side: Int { Int(Self.tileWidths * faceWidth / 2) * 2 }
    /// Frames from the beginning of a passage to that of the next in its tile, for the longest passage.
    private var period: Int { (passages.map(frames).max() ?? 0) + Int(Self.absence * Self.fps) }

    private func frames(_ passage: Passage) -> Int {
        Int(max(Self.leastSeconds, Double(passage.shots.count)) * Self.fps)
    }

    public var count: Int { (passages.count + Self.tiles - 1) / Self.tiles * period + period }

    public func source() throws -> any FrameSource {
        let pool = PixelBufferPool(width: Self.columns * side, height: Self.rows * side)
        let sprites = SpriteCache()
        let scaler = Scaler()
        return PictureSource(name: name, count: count, fps: Self.fps) { frame in
            let picture = pool.make(matrix: .bt601)
            let canvas = Canvas(picture)
            canvas.fill(
                BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height)), .grey)
            for passage in visible(at: frame) {
                let shot = passages[passage.index].shots[passage.shot]
                let condition = PhotoCondition(seed: seed &+ UInt64(passage.index))
                let sprite = try sprites.sprite(
                    of: shot, number: passage.index * 1000 + passage.shot, faceWidth: faceWidth, condition, scaler)
                let place = place(of: passage, sprite.width, sprite.height)
                let scaled = try scaler.scaled(sprite, width: place.width, height: place.height)
                let tile = tile(passage.index)
                canvas.paste(scaled, x: place.x, y: place.y, within: tile)
                // As a camera does, every frame is compressed anew.
                guard let part = picture.part(tile) else { continue }
                canvas.paste(
                    try condition.recompressed(part.copy(), scaler), x: Int(tile.x), y: Int(tile.y), within: tile)
            }
            return picture
        }
    }

    public func people(in frame: Int) -> [FilmedPerson]? {
        visible(at: frame).map { passage in
            let shot = passages[passage.index].shots[passage.shot]
            let scale = faceWidth / shot.face.width
            // The size of the photo does not count for where the face is, as photos are laid out around their faces.
            let place = place(of: passage, 0, 0)
            let zoom = zoom(passage)
            let (width, height) = (shot.face.width * scale * zoom, shot.face.height * scale * zoom)
            return FilmedPerson(
                name: passages[passage.index].person, stay: passage.index + 1,
                box: BoundingBox(
                    x: Double(place.x) - width / 2, y: Double(place.y) - height / 2, width: width, height: height),
                isWhole: true)
        }
    }

    private struct Visible {
        let index: Int
        let shot: Int
        /// 0 at the beginning, 1 at the end.
        let progress: Double
    }

    private func begin(_ index: Int) -> Int {
        // The tiles begin one after the other, so that not all faces are new at the same time.
        index / Self.tiles * period + index % Self.tiles * period / Self.tiles
    }

    private func visible(at frame: Int) -> [Visible] {
        // Only passages whose time may have come.
        let row = frame / period
        let range = max(0, (row - 1) * Self.tiles)..<max(0, min(passages.count, (row + 1) * Self.tiles))
        return range.compactMap { index in
            let since = frame - begin(index)
            let frames = frames(passages[index])
            guard since >= 0, since < frames else { return nil }
            return Visible(
                index: index, shot: since * passages[index].shots.count / frames,
                progress: Double(since) / Double(frames))
        }
    }

    private func tile(_ index: Int) -> BoundingBox {
        let place = index % Self.tiles
        return BoundingBox(
            x: Double(place % Self.columns * side), y: Double(place / Self.columns * side), width: Double(side),
            height: Double(side))
    }

    /// A little closer with time.
    private func zoom(_ passage: Visible) -> Double { 0.92 + 0.16 * passage.progress }

    /// The sprite's upper left corner and size in the frame, which holds the face in its middle.
    private func place(
        of passage: Visible, _ width: Int, _ height: Int
    ) -> (x: Int, y: Int, width: Int, height: Int) {
        let tile = tile(passage.index)
        let zoom = zoom(passage)
        let (width, height) = (Int(Double(width) * zoom / 2) * 2, Int(Double(height) * zoom / 2) * 2)
        let sway = faceWidth * 0.3
        let x = tile.x + tile.width / 2 + sway * (2 * passage.progress - 1)
        let y = tile.y + tile.height / 2 + sway / 3 * sin(passage.progress * 20)
        return (Int(x) / 2 * 2 - width / 2 / 2 * 2, Int(y) / 2 * 2 - height / 2 / 2 * 2, width, height)
    }
}

/// The photos that are being shown, degraded and cut around their faces.
private final class SpriteCache: Sendable {
    private let sprites = Mutex<[(number: Int, sprite: PixelBuffer)]>([])
    private static let capacity = 24

    func sprite(
        of shot: PassersBy.Shot, number: Int, faceWidth: Double, _ condition: PhotoCondition, _ scaler: Scaler
    ) throws -> PixelBuffer {
        if let known = sprites.withLock({ $0.first { $0.number == number }?.sprite }) { return known }
        let photo: PixelBuffer
        do {
            photo = try Photo.decode(Data(contentsOf: shot.photo))
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

    /// As much of the photo as has the face in its middle.
    private static func around(_ face: BoundingBox, in photo: PixelBuffer) -> PixelBuffer {
        let centre = face.centre
        let reach = (
            x: min(centre.x, Double(photo.width) - centre.x), y: min(centre.y, Double(photo.height) - centre.y)
        )
        let box = BoundingBox(
            x: centre.x - reach.x, y: centre.y - reach.y, width: 2 * reach.x, height: 2 * reach.y)
        return photo.part(box) ?? photo
    }
}
