import Testing
import VisageCore

@Suite struct GeometryTests {
    private let box = BoundingBox(x: 10, y: 20, width: 30, height: 40)

    @Test func overlapIsTheShareOfTheUnion() {
        #expect(box.overlap(box) == 1)
        // Half of each: 600 in common, 1800 together.
        #expect(abs(box.overlap(BoundingBox(x: 25, y: 20, width: 30, height: 40)) - 1 / 3) < 1e-12)
        #expect(box.overlap(BoundingBox(x: 40, y: 20, width: 30, height: 40)) == 0)
    }

    @Test func boxesWithoutAreaOverlapNothing() {
        let empty = BoundingBox(x: 15, y: 25, width: 0, height: 0)
        #expect(empty.overlap(empty) == 0)
        #expect(box.overlap(empty) == 0)
        let inverted = BoundingBox(x: 30, y: 30, width: -10, height: -10)
        #expect(inverted.area == 0)
        #expect(box.overlap(inverted) == 0)
    }

    @Test(arguments: [
        (BoundingBox(x: -5, y: -5, width: 20, height: 20), BoundingBox(x: 0, y: 0, width: 15, height: 15)),
        (BoundingBox(x: 90, y: 40, width: 20, height: 20), BoundingBox(x: 90, y: 40, width: 10, height: 10)),
        (BoundingBox(x: 10, y: 10, width: 5, height: 5), BoundingBox(x: 10, y: 10, width: 5, height: 5)),
    ])
    func clippingKeepsWhatIsInside(box: BoundingBox, inside: BoundingBox) {
        #expect(box.clipped(width: 100, height: 50) == inside)
    }

    @Test(arguments: [
        BoundingBox(x: -50, y: 10, width: 20, height: 20), BoundingBox(x: 200, y: 10, width: 20, height: 20),
        BoundingBox(x: 10, y: -70, width: 20, height: 20), BoundingBox(x: 10, y: 60, width: 20, height: 20),
    ])
    func clippingOutsideLeavesNothing(box: BoundingBox) {
        let clipped = box.clipped(width: 100, height: 50)
        #expect(clipped.area == 0)
        #expect(clipped.width >= 0 && clipped.height >= 0)
    }
}
