import Tracking
import VisageCore

/// Feeds a tracker at 25 frames a second and keeps count.
struct Scene {
    var tracker: Tracker
    private(set) var frame = 0
    private(set) var lost: [Tracker.Track] = []
    /// Ids of confirmed tracks that had a face, frame by frame.
    private(set) var seen: [Set<Int>] = []

    init(_ options: Tracker.Options = .init()) { tracker = Tracker(options: options) }

    /// A face of 100 pixels.
    static func face(_ x: Double, _ y: Double = 100, score: Double = 0.9, size: Double = 100) -> Face {
        Face(box: BoundingBox(x: x, y: y, width: size, height: size * 1.2), landmarks: nil, score: score)
    }

    var time: Duration { .milliseconds(40 * frame) }

    @discardableResult mutating func show(_ faces: [Face], isCut: Bool = false) -> Tracker.Update {
        let update = tracker.update(faces, at: time, isCut: isCut)
        lost += update.lost
        seen.append(Set(confirmed.filter { $0.face != nil }.map(\.id)))
        frame += 1
        return update
    }

    mutating func show(_ faces: [Face], times: Int) { for _ in 0..<times { show(faces) } }

    var confirmed: [Tracker.Track] { tracker.tracks.filter(\.isConfirmed) }
    /// Every id that ever was a confirmed track with a face.
    var ids: Set<Int> { seen.reduce(into: []) { $0.formUnion($1) } }

    /// The confirmed track whose face is at `x`, give or take a few pixels.
    func id(at x: Double) -> Int? { confirmed.first { $0.face.map { abs($0.box.x - x) < 5 } ?? false }?.id }
}
