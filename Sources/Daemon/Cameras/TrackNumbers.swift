/// The numbers that the tracks of one camera get: `first`, `first + step`, and so on. No two cameras of a run of the
/// daemon share a number, whatever each of them sees, and none has to ask another for the next number: the events of a
/// file would otherwise depend on how fast the other cameras are.
package struct TrackNumbers: Sendable, Hashable {
    package let first: Int
    package let step: Int

    /// How many numbers the cameras of the start have together, and each later camera has for itself.
    ///
    /// Ten new faces every second for three years do not use them up. Numbers stay below 2^53, so that JSON readers
    /// with floating-point numbers read them exactly, for the first nine million cameras that reloads add.
    package static let blockSize = 1_000_000_000

    private init(first: Int, step: Int) {
        self.first = first
        self.step = step
    }

    /// For a camera that is there at the start: the cameras' numbers alternate.
    /// - Parameters:
    ///   - index: of the camera, from 0.
    ///   - count: of all cameras at the start.
    package static func atStart(_ index: Int, of count: Int) -> TrackNumbers {
        TrackNumbers(first: index + 1, step: count)
    }

    /// For a camera that a reload adds: the numbers of a block of its own.
    /// - Parameter count: of all cameras that reloads have added so far, with this one.
    package static func added(_ count: Int) -> TrackNumbers {
        TrackNumbers(first: count * blockSize + 1, step: 1)
    }
}
