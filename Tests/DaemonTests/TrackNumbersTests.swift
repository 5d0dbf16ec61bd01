import Daemon
import Testing

@Suite struct TrackNumbersTests {
    /// The numbers of tracks `range` of a camera.
    private func numbers(_ camera: TrackNumbers, _ range: Range<Int>) -> Set<Int> {
        Set(range.map { camera.first + $0 * camera.step })
    }

    /// Whether the first tracks, and those from `later` on, of all cameras have different numbers.
    private func areApart(_ cameras: [TrackNumbers], later: Int) -> Bool {
        let all = cameras.map { numbers($0, 0..<1000).union(numbers($0, later..<later + 1000)) }
        return all.reduce(into: Set()) { $0.formUnion($1) }.count == 2000 * cameras.count
    }

    @Test(arguments: [1, 2, 5]) func noTwoCamerasShareANumber(count: Int) {
        let cameras = (0..<count).map { TrackNumbers.atStart($0, of: count) } + (1...5).map { TrackNumbers.added($0) }
        // After a million tracks and more, the numbers of one camera must not run into those of another.
        for later in [1000, 1_000_000, 3_000_000, 100_000_000] {
            #expect(areApart(cameras, later: later), "after \(later) tracks of each camera")
        }
        let last = TrackNumbers.blockSize / count - 1
        for camera in cameras.prefix(count) {
            #expect(numbers(camera, last..<last + 1).max().map { $0 < TrackNumbers.added(1).first } == true)
        }
    }

    @Test func theNumbersOfOneCameraCountFromOne() {
        #expect(numbers(.atStart(0, of: 1), 0..<3) == [1, 2, 3])
    }

    @Test func numbersAreExactInFloatingPoint() {
        let last = TrackNumbers.added(9_000_000).first
        #expect(Int(exactly: Double(last)) == last && last < 1 << 53)
    }
}
