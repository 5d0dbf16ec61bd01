import Detection
import Testing

@Suite struct DetectionInputTests {
    @Test(
        arguments: [
            // frame, long side, scaled, input
            ((1280, 720), 640, (640, 360), (640, 384)), ((1920, 1080), 640, (640, 360), (640, 384)),
            ((640, 480), 640, (640, 480), (640, 480)), ((480, 640), 640, (480, 640), (480, 640)),
            ((320, 240), 640, (640, 480), (640, 480)), ((1280, 720), 320, (320, 180), (320, 192)),
            ((176, 144), 100, (100, 82), (128, 96)), ((4000, 3), 640, (640, 1), (640, 384)),
            ((704, 576), 640, (640, 524), (640, 544)), ((720, 1280), 640, (360, 640), (384, 640)),
            ((1360, 768), 640, (640, 361), (640, 384)), ((1280, 800), 640, (640, 400), (640, 480)),
            ((1, 1), 640, (640, 640), (640, 640)),
        ] as [((Int, Int), Int, (Int, Int), (Int, Int))])
    func followsTheFrame(frame: (Int, Int), longSide: Int, scaled: (Int, Int), input: (Int, Int)) {
        let layout = DetectionInput(
            frameWidth: frame.0, frameHeight: frame.1, longSide: longSide, square: false)
        #expect(layout.scaledWidth == scaled.0 && layout.scaledHeight == scaled.1)
        #expect(layout.width == input.0 && layout.height == input.1)
    }

    @Test(arguments: [(1280, 720), (720, 1280), (500, 500), (3, 4000)])
    func aSquareIsTheSameForAllShapes(width: Int, height: Int) {
        let layout = DetectionInput(frameWidth: width, frameHeight: height, longSide: 300, square: true)
        #expect(layout.width == 320 && layout.height == 320)
        #expect(max(layout.scaledWidth, layout.scaledHeight) == 300)
    }

    @Test(arguments: [64, 100, 320, 640, 1280, 2048])
    func framesOfAllShapesShareAFewInputs(longSide: Int) {
        var sizes: Set<[Int]> = []
        for short in stride(from: 8, through: 4000, by: 8) {
            for (width, height) in [(4000, short), (short, 4000)] {
                let layout = DetectionInput(
                    frameWidth: width, frameHeight: height, longSide: longSide, square: false)
                #expect(layout.width >= layout.scaledWidth && layout.height >= layout.scaledHeight)
                sizes.insert([layout.width, layout.height])
            }
        }
        #expect(sizes.count <= DetectionInput.shapeCount)
    }
}
