import Foundation
import Publishing
import Testing
import VisageCore

@Suite struct RecordingPlanTests {
    private var plan = RecordingPlan(segmentLength: .seconds(10))
    private var names = 0

    private mutating func position(
        _ seconds: Double, width: Int = 64, matrix: PixelBuffer.Matrix = .bt601
    ) -> RecordingPosition? {
        let frame = TestVideo.frame(0, pts: .seconds(seconds), width: width, height: 64, matrix: matrix)
        return plan.position(of: frame) { _ in
            names += 1
            return "\(names)"
        }
    }

    @Test mutating func cutsByLength() {
        #expect(position(3) == RecordingPosition(file: "1", offsetMs: 0))
        #expect(position(12.9994) == RecordingPosition(file: "1", offsetMs: 9999))
        #expect(position(13) == RecordingPosition(file: "2", offsetMs: 0))
        #expect(position(13.04) == RecordingPosition(file: "2", offsetMs: 40))
    }

    @Test mutating func cutsWhenThePictureChanges() {
        #expect(position(0)?.file == "1")
        #expect(position(1, width: 32)?.file == "2")
        #expect(position(2, width: 32, matrix: .bt709)?.file == "3")
        #expect(position(3, width: 32, matrix: .bt709) == RecordingPosition(file: "3", offsetMs: 1000))
    }

    @Test mutating func cutsWhenTimeGoesBack() {
        #expect(position(5)?.file == "1")
        #expect(position(0) == RecordingPosition(file: "2", offsetMs: 0))
    }

    @Test mutating func pausesAfterAFailure() {
        #expect(position(0)?.file == "1")
        #expect(position(1)?.file == "1")
        plan.failed("1", at: .zero)
        #expect(position(2) == nil)
        #expect(position(4.9) == nil)
        #expect(position(5) == RecordingPosition(file: "2", offsetMs: 0))
        // The old file's failure is told once more, by a frame that was on its way.
        plan.failed("1", at: .seconds(1))
        #expect(position(6)?.file == "2")
    }

    @Test mutating func theEndIsTheEnd() {
        #expect(position(0)?.file == "1")
        plan.finish()
        #expect(position(1) == nil)
    }

    @Test func namesSortAndAreFree() {
        #expect(RecordingName.make(TestVideo.start) == "2026-11-21T09-44-05.123Z.mp4")
        #expect(RecordingName.matches("2026-11-21T09-44-05.123Z.mp4"))
        #expect(
            !RecordingName.matches("holiday.mp4")
                && !RecordingName.matches("2026-11-21T09-44-05.123Z.mp4.bak"))
        let taken = [RecordingName.make(TestVideo.start), RecordingName.make(TestVideo.start + 0.001)]
        let name = RecordingName.make(TestVideo.start) { taken.contains($0) }
        #expect(name == "2026-11-21T09-44-05.125Z.mp4" && RecordingName.matches(name))
    }
}
