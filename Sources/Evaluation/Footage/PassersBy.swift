import Foundation
import Imaging
import VisageCore

/// A film of people who pass a camera, made of photos. Each passage shows the photos of one person one after the other,
/// moving and growing, at a given width of the face; some are blurred, some dark or bright, all are compressed. Several
/// people are shown at a time, each in a tile of the picture. Two passages in one tile are farther apart than the time for
/// which a track is kept.
public struct PassersBy: Footage {
    /// A photo and the face in it.
    public struct Shot: Sendable {
        public let photo: URL
        /// Box of the face, in pixels of the photo.
        public let face: BoundingBox

        public init(photo: URL, face: BoundingBox) {
            self.photo = photo
            self.face = face
        }
    }

    /// The photos of one person, shown without a break.
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
    /// Width of the faces halfway through a passage, in pixels of the frame.
    private let faceWidth: Double
    private let seed: UInt64

    static let fps = 15.0
    private static let columns = 3
    private static let rows = 2
    private static var tiles: Int { columns * rows }
    /// Minimum length of a passage in seconds. Each photo is shown for a second if that is longer.
    private static let minSeconds = 2.0
    /// Seconds between two passages in the same tile; a track is kept for three.
    private static let absence = 3.4
    /// Side of a tile in widths of a face: a photo of LFW measures 2.6 of them, and there has to be room to move.
    private static let tileWidths = 3.4

    /// - Parameters:
    ///   - faceWidth: in pixels of the frame.
    ///   - seed: determines how photos are degraded.
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
        Int(max(Self.minSeconds, Double(passage.shots.count)) * Self.fps)
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
                BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height)), .gray)
            for passage in visible(at: frame) {
                let shot = passages[passage.index].shots[passage.shot]
                let condition = PhotoCondition(seed: seed &+ UInt64(passage.index))
                let sprite = try sprites.sprite(
                    of: shot, number: passage.index * 1000 + passage.shot, faceWidth: faceWidth, condition, scaler)
                let place = place(of: passage, sprite.width, sprite.height)
                let scaled = try scaler.scaled(sprite, width: place.width, height: place.height)
                let tile = tile(passage.index)
                canvas.paste(scaled, x: place.x, y: place.y, within: tile)
                // Every frame is compressed, as a camera does.
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
            // Photos are placed by their faces, so the size of the photo does not matter.
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
