import Detection
import Testing

@Suite struct DetectionInputTests {
    @Test(
        arguments: [
            // frame, long side, scaled, input
            ((1280, 720), 640, (640, 360), (640, 384)), ((1920, 1080), 640, (640, 360), (640, 384)),
            ((640, 480), 640, (640, 480), (640, 480)), ((480, 640), 640, (480, 640), (480, 640)),
            ((320, 240), 640, (640, 480), (640, 480)), ((1280, 720), 320, (320, 180), (320, 192)),
            ((176, 144), 100, (100, 82), (128, 96)), ((4000, 3), 640, (640, 1), (640, 32)),
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
}
