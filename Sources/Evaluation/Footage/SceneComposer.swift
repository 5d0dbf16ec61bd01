import Imaging
import VisageCore

/// A scene that is composed of films of one person each, side by side as tiles of one picture. People rise from the
/// lower edge of their tile and sink back, as a `SceneSchedule` says, so that the true identities are known.
public struct SceneComposer: Footage {
    public let name: String
    public let count: Int
    public let isComplete = true
    private let clips: [PersonClip]
    private let schedule: SceneSchedule
    /// Size of a tile.
    private let width: Int
    private let height: Int
    private let columns: Int
    private let rows: Int
    private let fps: Double

    /// Seconds that it takes to rise or sink.
    private static let riseTime = 0.6

    /// - Parameters:
    ///   - places: how many people are shown at a time, at most.
    ///   - seconds: length of the scene.
    ///   - seed: determines who comes and goes when.
    /// - Throws: `VisageError` (usage) if there are not more clips than places.
    public init(_ clips: [PersonClip], places: Int, seconds: Double, seed: UInt64) throws {
        guard clips.count > places, let first = clips.first else {
            throw VisageError(
                .usage, "\(places) at a time take films of more people than that; these are of \(clips.count)")
        }
        self.clips = clips
        name = "\(places) at a time"
        fps = first.fps
        count = Int(seconds * fps)
        columns = places > 4 ? 4 : min(places, 2)
        rows = (places + columns - 1) / columns
        // Even, because a chroma sample covers two luma samples in each direction.
        width = ((clips.flatMap(\.pictures).map(\.width).max() ?? 0) + 1) & ~1
        height = ((clips.flatMap(\.pictures).map(\.height).max() ?? 0) + 1) & ~1
        schedule = SceneSchedule(people: clips.count, places: places, frames: count, fps: fps, seed: seed)
    }

    public func source() throws -> any FrameSource {
        let pool = PixelBufferPool(width: columns * width, height: rows * height)
        return PictureSource(name: name, count: count, fps: fps) { frame in
            let picture = pool.make(matrix: clips[0].pictures[0].matrix)
            let canvas = Canvas(picture)
            canvas.fill(
                BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height)), .gray)
            for appearance in appearances(at: frame) {
                let (x, y) = corner(of: appearance, at: frame)
                canvas.paste(clips[appearance.person].shot(frame).picture, x: x, y: y, within: tile(appearance.place))
            }
            return picture
        }
    }

    public func people(in frame: Int) -> [FilmedPerson]? {
        appearances(at: frame).compactMap { appearance in
            let clip = clips[appearance.person]
            guard var box = clip.shot(frame).face else { return nil }
            let (x, y) = corner(of: appearance, at: frame)
            box.x += Double(x)
            box.y += Double(y)
            let visible = box.intersection(tile(appearance.place))
            guard visible > 0 else { return nil }
            return FilmedPerson(
                name: clip.name, stay: appearance.stay, box: box, isWhole: visible >= 0.999 * box.area)
        }
    }

    private func appearances(at frame: Int) -> [SceneSchedule.Appearance] {
        schedule.appearances.filter { $0.frames.contains(frame) }
    }

    private func tile(_ place: Int) -> BoundingBox {
        BoundingBox(
            x: Double(place % columns * width), y: Double(place / columns * height), width: Double(width),
            height: Double(height))
    }

    /// Upper left corner of the film in the scene. It rises at the beginning of an appearance and sinks at its end.
    private func corner(of appearance: SceneSchedule.Appearance, at frame: Int) -> (x: Int, y: Int) {
        let elapsed = Double(frame - appearance.frames.lowerBound + 1) / fps
        let remaining = Double(appearance.frames.upperBound - frame) / fps
        let offset = max(0, 1 - min(elapsed, remaining) / Self.riseTime) * Double(height)
        let picture = clips[appearance.person].pictures[0]
        return (
            (appearance.place % columns * width + (width - picture.width) / 2) & ~1,
            (appearance.place / columns * height + (height - picture.height) / 2 + Int(offset)) & ~1
        )
    }
}
