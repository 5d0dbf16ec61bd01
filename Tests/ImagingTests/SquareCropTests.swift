import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct SquareCropTests {
    private let scaler = Scaler()
    /// Gray that grows by one a pixel to the right and by one a pixel down.
    private let ramp = Pictures.picture(width: 100, height: 80, luma: { x, y in UInt8(20 + x + y) })

    private func crop(_ box: BoundingBox, of image: PixelBuffer, side: Int) throws -> SquareCrop {
        try SquareCrop(FaceSquare(box), of: image, side: side, scaler: scaler)
    }

    /// What gray of `luma` is in full range.
    private func full(_ luma: Int) -> Int { Int((Double(luma - 16) * 255 / 219).rounded()) }

    private func isRamp(_ crop: SquareCrop, left: Int, top: Int) -> Bool {
        (0..<crop.side).allSatisfy { y in
            (0..<crop.side).allSatisfy { x in
                let (column, row) = (min(99, max(0, left + x)), min(79, max(0, top + y)))
                let expected = full(20 + column + row)
                return (0..<3).allSatisfy {
                    abs(Int(crop.pixels[3 * (y * crop.side + x) + $0]) - expected) <= 2
                }
            }
        }
    }

    @Test(arguments: [(0, 0), (20, 30), (13, 7), (60, 40)])
    func aSquareBoxIsCutExactly(left: Int, top: Int) throws {
        let box = BoundingBox(x: Double(left), y: Double(top), width: 40, height: 40)
        #expect(isRamp(try crop(box, of: ramp, side: 40), left: left, top: top))
    }

    @Test func theLongerSideCountsAndTheCenterStays() throws {
        let tall = BoundingBox(x: 40, y: 20, width: 20, height: 40)
        #expect(isRamp(try crop(tall, of: ramp, side: 40), left: 30, top: 20))
        let wide = BoundingBox(x: 30, y: 30, width: 40, height: 20)
        #expect(isRamp(try crop(wide, of: ramp, side: 40), left: 30, top: 20))
    }

    /// Beyond each edge and corner the edge goes on, as `isRamp` expects.
    @Test(arguments: [
        (-15, 20), (75, 20), (30, -11), (30, 55), (-9, -13), (81, 61), (-39, 20), (99, 20), (30, 79),
    ])
    func beyondTheFrameTheEdgeIsRepeated(left: Int, top: Int) throws {
        let box = BoundingBox(x: Double(left), y: Double(top), width: 40, height: 40)
        #expect(isRamp(try crop(box, of: ramp, side: 40), left: left, top: top))
    }

    @Test func aBoxLargerThanTheFrameWorks() throws {
        let cut = try crop(BoundingBox(x: -20, y: -30, width: 140, height: 140), of: ramp, side: 140)
        #expect(isRamp(cut, left: -20, top: -30))
    }

    @Test(arguments: [
        BoundingBox(x: 100, y: 20, width: 40, height: 40), BoundingBox(x: -40, y: 20, width: 40, height: 40),
        BoundingBox(x: 20, y: 80, width: 40, height: 40), BoundingBox(x: 20, y: -40, width: 40, height: 40),
        BoundingBox(x: 10, y: 10, width: 0, height: 0), BoundingBox(x: 10, y: 10, width: 1e5, height: 10),
        BoundingBox(x: 1e300, y: 10, width: 10, height: 10),
        BoundingBox(x: 10, y: 10, width: 1e300, height: 10),
        BoundingBox(x: .nan, y: 10, width: 10, height: 10),
        BoundingBox(x: 10, y: 10, width: .nan, height: .nan),
        BoundingBox(x: 10, y: -.infinity, width: 10, height: .infinity),
    ])
    func aBoxThatIsNowhereIsRefused(box: BoundingBox) {
        #expect { _ = try crop(box, of: ramp, side: 40) } throws: { ($0 as? VisageError)?.code == .engine }
    }

    /// White along a line through the middle that leans by 30°, clockwise; black elsewhere.
    @Test(arguments: [(30.0, true), (-30.0, false), (0.0, false)])
    func aTurnedSquareStandsUpright(degrees: Double, isUpright: Bool) throws {
        let lean = Double.pi / 6
        let picture = Pictures.picture(
            width: 200, height: 160,
            luma: { x, y in
                // Distance from the line through (100, 80) whose upper end leans to the right.
                abs((Double(x) - 100) * cos(lean) + (Double(y) - 80) * sin(lean)) < 6 ? 235 : 16
            })
        let cut = try SquareCrop(
            FaceSquare(center: Point(x: 100, y: 80), side: 80, angle: degrees * .pi / 180), of: picture, side: 80,
            scaler: scaler)
        let column = (4..<76).allSatisfy { cut.pixels[3 * ($0 * 80 + 40)] > 200 }
        let beside = (4..<76).allSatisfy { cut.pixels[3 * ($0 * 80 + 55)] < 50 }
        #expect((column && beside) == isUpright)
    }

    @Test func sizesAreScaled() throws {
        let picture = Pictures.picture(width: 64, height: 64, luma: { x, _ in x < 32 ? 16 : 235 })
        for side in [16, 160] {
            let cut = try crop(BoundingBox(x: 0, y: 0, width: 64, height: 64), of: picture, side: side)
            #expect(cut.pixels.count == side * side * 3)
            let row = side / 2 * side
            #expect(cut.pixels[3 * (row + side / 4)] < 5 && cut.pixels[3 * (row + side * 3 / 4)] > 250)
        }
    }

    @Test func colorsAreRedGreenBlue() throws {
        let red = Pictures.plain(width: 40, height: 40, y: 63, cb: 102, cr: 240, matrix: .bt709)
        let cut = try crop(BoundingBox(x: 5, y: 5, width: 20, height: 20), of: red, side: 20)
        #expect(cut.pixels[0] > 250 && cut.pixels[1] < 5 && cut.pixels[2] < 5)
    }

    @Test func fineDetailIsSharp() throws {
        let whole = BoundingBox(x: 0, y: 0, width: 64, height: 64)
        let plain = Pictures.plain(width: 64, height: 64, y: 100)
        let soft = Pictures.picture(width: 64, height: 64, luma: { x, _ in UInt8(60 + x) })
        let board = Pictures.picture(
            width: 64, height: 64, luma: { x, y in (x / 2 + y / 2) % 2 == 0 ? 60 : 120 })
        let sharpness = try [plain, soft, board].map { try crop(whole, of: $0, side: 64).sharpness }
        #expect(sharpness[0] == 0)
        #expect(sharpness[1] < 20)
        #expect(sharpness[2] > 500)
    }
}
