import Imaging
import VisageCore

/// Films of one person each, side by side as tiles of one picture; people rise from the lower
/// edge of their tile and sink back. Who is where follows from that.
public struct Stage: Footage {
    public let name: String
    public let count: Int
    public let isComplete = true
    private let performers: [Performer]
    private let programme: Programme
    /// Of one tile.
    private let width: Int
    private let height: Int
    private let columns: Int
    private let rows: Int
    private let fps: Double

    /// In seconds: how long rising and sinking take.
    private static let rise = 0.6

    /// - Parameters:
    ///   - places: people who are there at a time, at most.
    ///   - seconds: in all.
    ///   - seed: of the order in which people come and go.
    /// - Throws: `VisageError` (usage) if there are too few performers.
    public init(_ performers: [Performer], places: Int, seconds: Double, seed: UInt64) throws {
        guard performers.count > places else {
            throw VisageError(
                .usage, "\(places) at a time take films of more people than that; these are of \(performers.count)")
        }
        self.performers = performers
        name = "\(places) at a time"
        fps = performers[0].fps
        count = Int(seconds * fps)
        columns = places > 4 ? 4 : min(places, 2)
        rows = (places + columns - 1) / columns
        // Chroma samples cover two luma samples each way.
        width = ((performers.flatMap(\.pictures).map(\.width).max() ?? 0) + 1) & ~1
        height = ((performers.flatMap(\.pictures).map(\.height).max() ?? 0) + 1) & ~1
        programme = Programme(
            performers: performers.count, places: places, frames: count, fps: fps, seed: seed)
    }

    public func source() throws -> any FrameSource {
        let pool = PixelBufferPool(width: columns * width, height: rows * height)
        return PictureSource(name: name, count: count, fps: fps) { frame in
            let picture = pool.make(matrix: performers[0].pictures[0].matrix)
            let canvas = Canvas(picture)
            canvas.fill(
                BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height)), .grey)
            for turn in turns(at: frame) {
                let (x, y) = corner(of: turn, at: frame)
                canvas.paste(performers[turn.performer].shot(frame).picture, x: x, y: y, within: tile(turn.place))
            }
            return picture
        }
    }

    public func people(in frame: Int) -> [FilmedPerson]? {
        turns(at: frame).compactMap { turn in
            let performer = performers[turn.performer]
            guard var box = performer.shot(frame).face else { return nil }
            let (x, y) = corner(of: turn, at: frame)
            box.x += Double(x)
            box.y += Double(y)
            let seen = box.intersection(tile(turn.place))
            guard seen > 0 else { return nil }
            return FilmedPerson(
                name: performer.name, stay: turn.stay, box: box, isWhole: seen >= 0.999 * box.area)
        }
    }

    private func turns(at frame: Int) -> [Programme.Turn] {
        programme.turns.filter { $0.frames.contains(frame) }
    }

    private func tile(_ place: Int) -> BoundingBox {
        BoundingBox(
            x: Double(place % columns * width), y: Double(place / columns * height), width: Double(width),
            height: Double(height))
    }

    /// The film's, which rises at the beginning and sinks at the end of a turn.
    private func corner(of turn: Programme.Turn, at frame: Int) -> (x: Int, y: Int) {
        let since = Double(frame - turn.frames.lowerBound + 1) / fps
        let left = Double(turn.frames.upperBound - frame) / fps
        let below = max(0, 1 - min(since, left) / Self.rise) * Double(height)
        let picture = performers[turn.performer].pictures[0]
        return (
            (turn.place % columns * width + (width - picture.width) / 2) & ~1,
            (turn.place / columns * height + (height - picture.height) / 2 + Int(below)) & ~1
        )
    }
}
