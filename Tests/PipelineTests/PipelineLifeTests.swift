import Foundation
import Pipeline
import TestSupport
import Testing
import VisageCore

/// How a pipeline ends, and who watches it.
@Suite struct PipelineLifeTests {
    @Test func aSourceThatFailsEndsItsTracksFirst() async throws {
        var studio = Studio(.ann { _ in 300 })
        studio.end = .fails
        studio.recorder = FakeRecorder()
        let pipeline = try studio.pipeline()
        #expect(await studio.run(pipeline))
        #expect(studio.ledger.types == [.sourceUp, .appeared, .identified, .lost, .sourceDown])
        #expect(studio.ledger.events.last?.reason?.contains("The cable was pulled") == true)
        #expect(pipeline.failure?.code == .source)
        #expect(studio.recorder?.finished == 1, "the recording is completed all the same")
    }

    @Test func stoppingFinishesWhatIsOnItsWay() async throws {
        var studio = Studio(.ann { _ in 300 })
        studio.end = .waits
        studio.recorder = FakeRecorder()
        let (ledger, recorder) = (studio.ledger, studio.recorder)
        let pipeline = try studio.pipeline()
        let isEnded = Flag()
        pipeline.start()
        pipeline.whenEnded { isEnded.set() }
        #expect(await eventually { recorder?.writtenCount == 100 })
        #expect(isEnded.count == 0, "it waits for more frames")
        pipeline.stop()
        #expect(await eventually { isEnded.count == 1 })
        #expect(ledger.types == [.sourceUp, .appeared, .identified, .lost, .sourceDown])
        #expect(recorder?.finished == 1 && pipeline.failure == nil)
    }

    /// A file that is played in real time may have minutes between two frames.
    @Test func aSourceThatWaitsForItsNextFrameDoesNotHang() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 10)
        studio.end = .waits
        let recorder = FakeRecorder()
        studio.recorder = recorder
        let pipeline = try studio.pipeline()
        let isEnded = Flag()
        pipeline.start()
        pipeline.whenEnded { isEnded.set() }
        #expect(await eventually { recorder.writtenCount == 10 })
        #expect(await eventually { pipeline.stall(at: .now + .seconds(600)) == nil })
        pipeline.stop()
        #expect(await eventually { isEnded.count == 1 })
    }

    @Test func howLongAFrameMayTakeIsForTheWatchdogToSay() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: .max)
        studio.detectorDelay = 20
        let pipeline = try studio.pipeline()
        let isEnded = Flag()
        pipeline.start()
        pipeline.whenEnded { isEnded.set() }
        #expect(await eventually { pipeline.stall(at: .now + .seconds(20)) != nil })
        var patient = PipelineTimeouts()
        patient.processing = .seconds(600)
        #expect(pipeline.stall(at: .now + .seconds(20), patient) == nil)
        pipeline.stop()
        #expect(await eventually { isEnded.count == 1 })
    }

    @Test func stoppingAtOnceEnds() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 10_000)
        studio.end = .waits
        let pipeline = try studio.pipeline()
        let isEnded = Flag()
        pipeline.start()
        pipeline.stop()
        pipeline.whenEnded { isEnded.set() }
        #expect(await eventually { isEnded.count == 1 })
        #expect(studio.ledger.types.last == .sourceDown)
        #expect(pipeline.statistics.take().captured < 10_000)
    }

    @Test(arguments: [true, false]) func framesAreShownOnlyWhileThereAreViewers(hasViewers: Bool) async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 30)
        studio.broadcaster = FakeBroadcaster(hasViewers: hasViewers)
        #expect(await studio.run(try studio.pipeline()))
        #expect(studio.broadcaster?.shown == (hasViewers ? Array(0..<30) : []))
    }

    @Test func whoAsksForFramesGetsEveryOne() async throws {
        var studio = Studio(.ann { $0 >= 0.4 ? 300 : nil }, frames: 50)
        studio.ledger = Ledger(wantsFrames: true)
        #expect(await studio.run(try studio.pipeline()))
        let frames = studio.ledger.events.filter { $0.type == .frame }
        #expect(frames.map { $0.frame?.number } == Array(0..<50))
        #expect(frames[..<10].allSatisfy { $0.faces?.isEmpty == true })
        #expect(frames[10].faces?.count == 1 && frames[10].faces?[0].track == nil, "not confirmed yet")
        #expect(frames[12].faces?[0].track == 1)
        #expect(frames[49].faces?[0].name == "Ann")
    }

    @Test func severalCamerasShareAQueueAndKeepApart() async throws {
        let scene = Studio(.ann { _ in 300 }, .stranger { _ in 700 }).scene
        let queue = EmbeddingQueue(embedder: FakeEmbedder(scene: scene, delay: 5), width: 2)
        let studios = (0..<3).map { _ in
            var studio = Studio()
            (studio.scene, studio.queue) = (scene, queue)
            return studio
        }
        let pipelines = try studios.map { try $0.pipeline() }
        let ended = Flag()
        for pipeline in pipelines {
            pipeline.start()
            pipeline.whenEnded { ended.set() }
        }
        #expect(await eventually { ended.count == 3 })
        #expect(studios[0].ledger.types.count == 8)
        for studio in studios { #expect(studio.ledger.lines == studios[0].ledger.lines) }
    }
}
