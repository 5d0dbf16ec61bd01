import Dispatch
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct ScalerTests {
    private let scaler = Scaler()

    /// Interleaved pixels of the whole of `image`, or of `region`.
    private func pixels(
        _ image: PixelBuffer, region: (x: Int, y: Int, width: Int, height: Int)? = nil,
        as order: Scaler.ColorOrder = .rgb, width: Int, height: Int
    ) throws -> [[UInt8]] {
        let stride = (width * 3 + 63) / 64 * 64
        var bytes = [UInt8](repeating: 0, count: stride * height + 64)
        try bytes.withUnsafeMutableBufferPointer { bytes in
            let base = try #require(bytes.baseAddress)
            try scaler.convert(
                image, region: region, to: order, width: width, height: height, out: base, stride: stride)
        }
        return (0..<height).flatMap { y in
            (0..<width).map { x in Array(bytes[(y * stride + 3 * x)..<(y * stride + 3 * x + 3)]) }
        }
    }

    private func isClose(_ pixel: [UInt8], _ expected: [Int]) -> Bool {
        zip(pixel, expected).allSatisfy { abs(Int($0) - $1) <= 3 }
    }

    /// Limited-range values of both standards for the same red, green and blue.
    @Test(arguments: [
        (PixelBuffer.Matrix.bt601, [235, 128, 128] as [UInt8], [255, 255, 255]),
        (.bt601, [16, 128, 128], [0, 0, 0]), (.bt601, [126, 128, 128], [128, 128, 128]),
        (.bt601, [81, 90, 240], [255, 0, 0]), (.bt601, [145, 54, 34], [0, 255, 0]),
        (.bt601, [41, 240, 110], [0, 0, 255]), (.bt709, [63, 102, 240], [255, 0, 0]),
        (.bt709, [173, 42, 26], [0, 255, 0]), (.bt709, [32, 240, 118], [0, 0, 255]),
        (.bt709, [235, 128, 128], [255, 255, 255]),
    ])
    func colorsAreThoseOfTheStandard(matrix: PixelBuffer.Matrix, yuv: [UInt8], rgb: [Int]) throws {
        let picture = Pictures.plain(width: 32, height: 16, y: yuv[0], cb: yuv[1], cr: yuv[2], matrix: matrix)
        for pixel in try pixels(picture, width: 32, height: 16) { #expect(isClose(pixel, rgb), "\(pixel)") }
        for pixel in try pixels(picture, as: .bgr, width: 20, height: 12) {
            #expect(isClose(pixel, rgb.reversed()), "\(pixel)")
        }
    }

    @Test(arguments: [(1, 1), (2, 2), (1, 40), (40, 1), (33, 17), (639, 359)])
    func oddSizesConvertWhole(width: Int, height: Int) throws {
        let picture = Pictures.plain(width: width, height: height, y: 81, cb: 90, cr: 240)
        for pixel in try pixels(picture, width: width, height: height) {
            #expect(isClose(pixel, [255, 0, 0]))
        }
        for pixel in try pixels(picture, width: 37, height: 23) { #expect(isClose(pixel, [255, 0, 0])) }
    }

    @Test func aRegionTakesNothingFromItsNeighbors() throws {
        let picture = Pictures.picture(
            width: 64, height: 48, luma: { x, y in x >= 20 && x < 40 && y >= 10 && y < 30 ? 235 : 16 })
        let inside = try pixels(picture, region: (20, 10, 20, 20), width: 20, height: 20)
        #expect(inside.allSatisfy { isClose($0, [255, 255, 255]) })
        let beside = try pixels(picture, region: (40, 10, 24, 20), width: 12, height: 10)
        #expect(beside.allSatisfy { isClose($0, [0, 0, 0]) })
    }

    @Test func threadsDoNotDisturbEachOther() throws {
        let pictures = (0..<4).map { Pictures.plain(width: 64, height: 64, y: UInt8(60 + 40 * $0)) }
        let expected = try pictures.map { try pixels($0, width: 50, height: 50) }
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for _ in 0..<50 {
                let found = try? pixels(pictures[thread], width: 50, height: 50)
                #expect(found == expected[thread])
            }
        }
    }
}
