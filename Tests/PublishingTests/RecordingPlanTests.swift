import Foundation
import Publishing
import Testing
import VisageCore

@Suite struct RecordingPlanTests {
    private var plan = RecordingPlan(segmentLength: .seconds(10))
    private var names: [String] = []

    /// The files are called by the order in which they come up.
    private mutating func position(
        _ seconds: Double, width: Int = 64, matrix: PixelBuffer.Matrix = .bt601
    ) -> RecordingPosition? {
        let frame = TestVideo.frame(0, pts: .seconds(seconds), width: width, height: 64, matrix: matrix)
        guard let position = plan.position(of: frame) else { return nil }
        if !names.contains(position.file) { names.append(position.file) }
        let number = (names.firstIndex(of: position.file) ?? 0) + 1
        return RecordingPosition(file: "\(number)", offsetMs: position.offsetMs)
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
        plan.failed(names[0], at: .zero)
        #expect(position(2) == nil)
        #expect(position(4.9) == nil)
        #expect(position(5) == RecordingPosition(file: "2", offsetMs: 0))
        // The old file's failure is told once more, by a frame that was on its way.
        plan.failed(names[0], at: .seconds(1))
        #expect(position(6)?.file == "2")
    }

    @Test mutating func theEndIsTheEnd() {
        #expect(position(0)?.file == "1")
        plan.finish()
        #expect(position(1) == nil)
    }

    @Test mutating func namesThatAreTakenAreNotGiven() {
        func first(_ plan: inout RecordingPlan) -> String? { plan.position(of: TestVideo.frame(0))?.file }
        plan.reserve(["2026-11-21T09-44-05.123Z.mp4"])
        #expect(first(&plan) == "2026-11-21T09-44-05.124Z.mp4")
        plan.interrupt()
        plan.release(["2026-11-21T09-44-05.123Z.mp4"])
        #expect(first(&plan) == "2026-11-21T09-44-05.123Z.mp4")
        plan.interrupt()
        #expect(first(&plan) == "2026-11-21T09-44-05.125Z.mp4", "its own are taken, too")
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
