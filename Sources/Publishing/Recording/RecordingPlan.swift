import Foundation
import VisageCore

/// Decides which recording a frame goes into, and what it is called. Pure.
package struct RecordingPlan {
    /// What must not change within a file.
    private struct Shape: Equatable {
        let width: Int
        let height: Int
        let matrix: PixelBuffer.Matrix

        init(_ image: PixelBuffer) {
            width = image.width
            height = image.height
            matrix = image.matrix
        }
    }

    private struct Segment {
        let file: String
        let shape: Shape
        let start: Duration
        var last: Duration
    }

    /// After a failure nothing is recorded for so long, in the frames' own time.
    static let pause: Duration = .seconds(5)

    let segmentLength: Duration
    private var segment: Segment?
    private var isInterrupted = false
    private var failure: Duration?
    private var isFinished = false
    private var isHeld = false
    /// Names that no new recording may get.
    private var taken: Set<String> = []

    package init(segmentLength: Duration) { self.segmentLength = segmentLength }

    /// There are recordings of these names.
    package mutating func reserve(_ names: some Sequence<String>) { taken.formUnion(names) }

    /// There are no recordings of these names any more.
    package mutating func release(_ names: some Sequence<String>) { taken.subtract(names) }

    /// The place of the next frame; nil while nothing is recorded.
    package mutating func position(of frame: Frame) -> RecordingPosition? {
        guard !isFinished, !isHeld, !isPausing(at: frame.pts) else { return nil }
        let shape = Shape(frame.image)
        defer { isInterrupted = false }
        if let segment, !isInterrupted, segment.shape == shape, frame.pts - segment.start < segmentLength,
            // Time that goes back is another run of the source.
            frame.pts > segment.last
        {
            self.segment?.last = frame.pts
            return RecordingPosition(
                file: segment.file, offsetMs: Int((frame.pts - segment.start).milliseconds.rounded()))
        }
        let file = takeName(frame.wall)
        segment = Segment(file: file, shape: shape, start: frame.pts, last: frame.pts)
        return RecordingPosition(file: file, offsetMs: 0)
    }

    /// A name for a recording that begins at `wall`.
    package mutating func takeName(_ wall: Date) -> String {
        let name = RecordingName.make(wall, unless: taken.contains)
        taken.insert(name)
        return name
    }

    /// Writing into `file` has failed at `pts`.
    package mutating func failed(_ file: String, at pts: Duration) {
        guard segment?.file == file else { return }
        segment = nil
        failure = pts
    }

    /// The next frame begins a new file.
    package mutating func interrupt() { isInterrupted = true }

    /// While `isHeld`, nothing is recorded; the first frame after that begins a new file.
    package mutating func hold(_ isHeld: Bool) {
        if isHeld { isInterrupted = true }
        self.isHeld = isHeld
    }

    package mutating func finish() { isFinished = true }

    private mutating func isPausing(at pts: Duration) -> Bool {
        guard let failure else { return false }
        if pts >= failure, pts - failure < RecordingPlan.pause { return true }
        self.failure = nil
        return false
    }
}
