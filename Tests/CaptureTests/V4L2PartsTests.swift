import Capture
import TestSupport
import Testing

@Suite struct V4L2PartsTests {
    @Test func controlsAreSpeltAsTheKernelsToolDoes() {
        #expect(V4L2Control.spelling("Exposure Time, Absolute") == "exposure_time_absolute")
        #expect(V4L2Control.spelling("White Balance, Auto & Preset") == "white_balance_auto_preset")
        #expect(V4L2Control.spelling("  Gain (dB)") == "gain_db")
        #expect(V4L2Control.spelling("") == "")
    }

    @Test(
        arguments: [
            ([5, 6, 7], [0, 0, 0]),
            ([5, 6, 8, 12], [0, 0, 1, 3]),
            // Drivers that do not count, and streams that start anew.
            ([0, 0, 0], [0, 0, 0]),
            ([899, 900, 0, 1], [0, 0, 0, 0]),
            // What is left from the stream before.
            ([0, 284, 285], [0, 0, 0]),
            // The number wraps around.
            ([UInt32.max - 1, UInt32.max, 0, 2], [0, 0, 0, 1]),
        ] as [([UInt32], [Int])])
    func gapsInTheNumbers(_ numbers: [UInt32], _ missed: [Int]) {
        var sequence = V4L2Sequence()
        #expect(numbers.map { sequence.missed(before: $0) } == missed)
    }

    @Test func imagesThatAreNotWholeAreFoundFromOutside() {
        func whole(_ bytes: [UInt8]) -> [UInt8]? { bytes.withUnsafeBytes { JPEGImage.whole($0).map(Array.init) } }
        let image: [UInt8] = [0xFF, 0xD8, 1, 2, 3, 0xFF, 0xD9]
        #expect(whole(image) == image)
        #expect(whole(image + [0, 0, 0]) == image)
        #expect(whole(image + [7, 0xFF, 0xD8, 7]) == image)
        #expect(whole(Array(image.dropLast())) == nil)
        #expect(whole(Array(image.dropLast(2))) == nil)
        #expect(whole(Array(image.dropFirst())) == nil)
        #expect(whole([0xFF, 0xD8]) == nil)
        #expect(whole([0, 0, 0, 0, 0, 0]) == nil)
        #expect(whole([]) == nil)
    }
}
