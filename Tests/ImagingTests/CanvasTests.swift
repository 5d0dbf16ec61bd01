import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct CanvasTests {
    private let ink = Canvas.Color(y: 200, cb: 30, cr: 220)

    private func blank(_ width: Int = 41, _ height: Int = 31) -> PixelBuffer {
        Pictures.plain(width: width, height: height, y: 50)
    }

    private func painted(_ plane: Plane, _ value: UInt8) -> Int { plane.samples.count { $0 == value } }

    @Test func fillsExactlyTheBox() {
        let picture = blank()
        Canvas(picture).fill(BoundingBox(x: 10, y: 6, width: 8, height: 4), ink)
        #expect(painted(picture.luma, 200) == 32)
        #expect(picture.luma[10, 6] == 200 && picture.luma[17, 9] == 200)
        #expect(picture.luma[9, 6] == 50 && picture.luma[18, 9] == 50 && picture.luma[10, 10] == 50)
        #expect(painted(picture.cb, 30) == 8 && painted(picture.cr, 220) == 8)
        #expect(picture.cb[5, 3] == 30 && picture.cr[8, 4] == 220)
    }

    @Test(arguments: [
        (BoundingBox(x: -5, y: -5, width: 8, height: 9), 12),
        (BoundingBox(x: 38, y: 28, width: 50, height: 50), 9),
        (BoundingBox(x: -100, y: -100, width: 500, height: 500), 41 * 31),
        (BoundingBox(x: 60, y: 5, width: 5, height: 5), 0),
        (BoundingBox(x: 5, y: -9, width: 5, height: 5), 0),
        (BoundingBox(x: -1e18, y: 3, width: 3e18, height: 2), 82),
        (BoundingBox(x: 5, y: 5, width: -3, height: 4), 0),
        (BoundingBox(x: .nan, y: 5, width: 5, height: 5), 0),
        (BoundingBox(x: 5, y: 5, width: 5, height: .nan), 0),
    ])
    func staysWithinThePicture(box: BoundingBox, area: Int) {
        let picture = blank()
        for plane in picture.planes { padding(of: plane, set: 99) }
        Canvas(picture).fill(box, ink)
        #expect(painted(picture.luma, 200) == area)
        for plane in picture.planes { #expect(paddingIs(99, of: plane)) }
    }

    private func padding(of plane: Plane, set value: UInt8) {
        for row in 0..<plane.height {
            memset(plane.base + row * plane.stride + plane.width, Int32(value), plane.stride - plane.width)
        }
    }

    private func paddingIs(_ value: UInt8, of plane: Plane) -> Bool {
        (0..<plane.height).allSatisfy { row in
            (plane.width..<plane.stride).allSatisfy { plane.base[row * plane.stride + $0] == value }
        }
    }

    @Test func anOutlineLeavesTheInsideAlone() {
        let picture = blank()
        Canvas(picture).outline(BoundingBox(x: 4, y: 4, width: 20, height: 16), ink, thickness: 2)
        #expect(painted(picture.luma, 200) == 20 * 16 - 16 * 12)
        #expect(picture.luma[4, 4] == 200 && picture.luma[23, 19] == 200 && picture.luma[14, 12] == 50)
    }

    @Test func aCopyIsEqualAndItsOwn() {
        let picture = Pictures.picture(
            width: 33, height: 21, matrix: .bt709, luma: { x, y in UInt8(x + 3 * y) })
        let copy = Canvas.copy(picture, pool: PixelBufferPool(width: 33, height: 21))
        #expect(copy.matrix == .bt709)
        for (one, other) in zip(picture.planes, copy.planes) { #expect(one.samples == other.samples) }
        Canvas(copy).fill(BoundingBox(x: 0, y: 0, width: 33, height: 21), ink)
        #expect(picture.luma[0, 0] == 0 && copy.luma[0, 0] == 200)
    }

    @Test(arguments: [(0.0, 0.0), (-50, -50), (35, 25), (1e18, 1e18), (-.infinity, .nan)])
    func aLabelIsMovedIntoThePicture(x: Double, y: Double) throws {
        let label = try LabelRenderer().label("Al", size: 10)
        let picture = blank(80, 40)
        Canvas(picture).draw(label, x: x, y: y, on: ink)
        // All of its bar, less what the letters darken.
        #expect(picture.luma.samples.count { $0 != 50 } >= label.width * label.height - 5)
        #expect(picture.luma.samples.contains { $0 < 40 }, "the letters are there")
    }

    @Test func aLabelLargerThanThePictureIsCut() throws {
        let label = try LabelRenderer().label("Wilhelmina", size: 40)
        let picture = blank(20, 10)
        Canvas(picture).draw(label, x: 3, y: 3, on: ink)
        #expect(painted(picture.luma, 50) == 0)
    }
}
