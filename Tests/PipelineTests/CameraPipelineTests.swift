import Foundation
import Pipeline
import TestSupport
import Testing
import VisageCore

@Suite struct CameraPipelineTests {
    private static let passers: [Person] = [
        .ann { $0 < 3 ? 100 + 40 * $0 : $0 > 5 ? 600 : nil }, .bob { $0 > 1 && $0 < 4 ? 700 - 30 * $0 : nil },
        .stranger { $0 > 2 ? 400 + 10 * $0 : nil },
    ]

    private func busyStudio() -> Studio {
        var studio = Studio(frames: 200)
        studio.scene.people = Self.passers
        return studio
    }

    @Test func aFileIsToldFromBeginningToEnd() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 60)
        studio.recorder = FakeRecorder()
        let pipeline = try studio.pipeline()
        #expect(await studio.run(pipeline))
        #expect(studio.ledger.types == [.sourceUp, .appeared, .identified, .lost, .sourceDown])
        #expect(studio.ledger.events.allSatisfy { $0.camera == "door" })
        #expect(studio.ledger.events.last?.reason == "the source has ended")
        #expect(studio.ledger.events[2].recording?.file == "a.mp4", "events say where to look")
        #expect(studio.recorder?.written == Array(0..<60) && studio.recorder?.finished == 1)
        #expect(pipeline.failure == nil)
        let counts = pipeline.statistics.take()
        #expect(counts.captured == 60 && counts.published == 60 && counts.stages[.detect]?.count == 60)
    }

    @Test func aFileOneFrameLongWorks() async throws {
        let studio = Studio(.ann { _ in 300 }, frames: 1)
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.ledger.types == [.sourceUp, .sourceDown])
    }

    @Test func aSourceWithoutFramesIsDown() async throws {
        var studio = Studio(frames: 0)
        studio.recorder = FakeRecorder()
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.ledger.types == [.sourceDown])
        #expect(studio.recorder?.finished == 1)
    }

    /// However long each embedding takes, and however many run at once.
    @Test func theSameFileGivesTheSameEvents() async throws {
        let reference = busyStudio()
        #expect(await reference.run(try reference.pipeline()))
        #expect(reference.ledger.types.contains(.identified) && reference.ledger.types.contains(.unknown))
        for (delay, width) in [(0.0, 1), (5, 1), (5, 4), (20, 2), (20, 8)] {
            var studio = busyStudio()
            (studio.embedderDelay, studio.width) = (delay, width)
            #expect(await studio.run(try studio.pipeline()))
            #expect(studio.ledger.lines == reference.ledger.lines, "delay \(delay), width \(width)")
        }
    }

    @Test func aSlowRecorderGetsEveryFrameInOrderAndChangesNoEvent() async throws {
        let reference = busyStudio()
        #expect(await reference.run(try reference.pipeline()))
        var studio = busyStudio()
        studio.recorder = FakeRecorder(delay: 3)
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.recorder?.written == Array(0..<200) && studio.recorder?.finished == 1)
        #expect(studio.ledger.types == reference.ledger.types)
        #expect(studio.ledger.events.map(\.name) == reference.ledger.events.map(\.name))
    }

    /// Several frames of a file are with the detector at once, and the later is through first.
    @Test func framesThatOvertakeEachOtherInDetectionChangeNoEvent() async throws {
        let reference = busyStudio()
        #expect(await reference.run(try reference.pipeline()))
        var studio = busyStudio()
        studio.recorder = FakeRecorder()
        studio.detectorDelay = 2
        studio.detectorIsSlow = { $0 % 2 == 0 }
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.recorder?.written == Array(0..<200))
        #expect(studio.ledger.types == reference.ledger.types)
        #expect(studio.ledger.events.map(\.name) == reference.ledger.events.map(\.name))
        #expect(studio.ledger.events.map(\.sighting?.box) == reference.ledger.events.map(\.sighting?.box))
    }

    @Test func aDetectorThatFailsNowAndThenStopsNothing() async throws {
        var studio = Studio(.ann { _ in 300 })
        studio.detectorFails = { $0 % 5 == 4 }
        studio.recorder = FakeRecorder()
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.ledger.types == [.sourceUp, .appeared, .identified, .lost, .sourceDown])
        #expect(studio.recorder?.writtenCount == 100)
    }

    @Test func anEmbedderThatFailsNowAndThenStopsNothing() async throws {
        var studio = Studio(.ann { _ in 300 })
        studio.embedderFails = { $0 % 2 == 0 }
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.ledger.types == [.sourceUp, .appeared, .identified, .lost, .sourceDown])
    }

    @Test func withoutAnyDetectionThereIsStillARecording() async throws {
        var studio = Studio(.ann { _ in 300 })
        studio.detectorFails = { _ in true }
        studio.recorder = FakeRecorder()
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.ledger.types == [.sourceUp, .sourceDown] && studio.recorder?.writtenCount == 100)
    }
}
