import Foundation
import Synchronization
import VisageCore

/// A source that makes each picture when it is requested. Frames are delivered as fast as they are consumed, with the
/// times of a constant frame rate.
final class PictureSource: FrameSource {
    let name: String
    private let count: Int
    private let interval: Duration
    private let picture: @Sendable (Int) throws -> PixelBuffer
    private let began = Date()
    /// Number of the next frame.
    private let upcoming = Atomic(0)

    /// - Parameter picture: makes the picture of a frame, by its number, which is below `count`.
    init(name: String, count: Int, fps: Double, picture: @escaping @Sendable (Int) throws -> PixelBuffer) {
        self.name = name
        self.count = count
        interval = .seconds(1 / fps)
        self.picture = picture
    }

    func next() throws -> SourceEvent? {
        let number = upcoming.add(1, ordering: .relaxed).oldValue
        guard number < count else { return nil }
        let pts = interval * number
        return .frame(
            Frame(
                number: number, pts: pts, captured: .now, wall: began.addingTimeInterval(pts.inSeconds),
                image: try picture(number)))
    }

    func cancel() { upcoming.store(count, ordering: .relaxed) }
}
