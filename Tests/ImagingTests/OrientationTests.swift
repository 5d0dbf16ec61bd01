import Imaging
import Testing
import VisageCore

@Suite struct OrientationTests {
    /// Turns the 2 x 3 picture `1 2 / 3 4 / 5 6`.
    private func turned(_ matrix: [Int32]) -> [[UInt8]] {
        let orientation = Orientation(displayMatrix: matrix)
        var source: [UInt8] = [1, 2, 3, 4, 5, 6]
        let (width, height) = orientation.isSideways ? (3, 2) : (2, 3)
        var target = [UInt8](repeating: 0, count: 6)
        source.withUnsafeMutableBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                guard let input = source.baseAddress, let output = target.baseAddress else { return }
                orientation.turn(
                    Plane(base: input, stride: 2, width: 2, height: 3),
                    into: Plane(base: output, stride: width, width: width, height: height))
            }
        }
        return (0..<height).map { Array(target[$0 * width..<($0 + 1) * width]) }
    }

    private let one: Int32 = 65536

    @Test func allEightWays() {
        func matrix(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32) -> [Int32] {
            [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30]
        }
        #expect(turned(matrix(1, 0, 0, 1)) == [[1, 2], [3, 4], [5, 6]])
        #expect(turned(matrix(-1, 0, 0, -1)) == [[6, 5], [4, 3], [2, 1]])
        #expect(turned(matrix(-1, 0, 0, 1)) == [[2, 1], [4, 3], [6, 5]])
        #expect(turned(matrix(1, 0, 0, -1)) == [[5, 6], [3, 4], [1, 2]])
        // (x, y) goes to (-y, x): a quarter turn clockwise, y pointing down.
        #expect(turned(matrix(0, 1, -1, 0)) == [[5, 3, 1], [6, 4, 2]])
        #expect(turned(matrix(0, -1, 1, 0)) == [[2, 4, 6], [1, 3, 5]])
        #expect(turned(matrix(0, 1, 1, 0)) == [[1, 3, 5], [2, 4, 6]])
        #expect(turned(matrix(0, -1, -1, 0)) == [[6, 4, 2], [5, 3, 1]])
    }

    @Test func whatIsNoQuarterTurnIsUpright() {
        #expect(Orientation(displayMatrix: [46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30]).isUpright)
        #expect(Orientation(displayMatrix: []).isUpright)
        #expect(Orientation(displayMatrix: [Int32](repeating: 0, count: 9)).isUpright)
    }
}
