import Events
import Pipeline
import TestSupport
import Testing
import VisageCore

/// What is different when the source goes on without us.
@Suite struct LivePipelineTests {
    /// What was told, but for the verdicts: with all tests at once the embeddings of a few seconds may come too late.
    private func types(_ studio: Studio) -> [EventType] {
        studio.ledger.types.filter { $0 != .identified && $0 != .unknown }
    }

    /// The median of the frames' ages, in milliseconds. If a slow stage held the pipeline up, most frames would be late. A
    /// single frame may be late only because this process had to wait for a core; SoakLagTests checks every frame.
    private func median(_ ages: [Double]) throws -> Double {
        try #require(!ages.isEmpty)
        return ages.sorted()[ages.count / 2]
    }

    private let pulled = Outage(reason: "the plug was pulled", attempt: 1, retryIn: .milliseconds(500))

    @Test func tracksEndWithTheSourceAndNothingIsSaidOfItBeforeItIsBack() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 100)
        var again = pulled
        again.attempt = 2
        studio.live = FakeLiveSource(studio.scene, outages: [(50, pulled), (50, again)])
        studio.recorder = FakeRecorder()
        #expect(await studio.run(try studio.pipeline()))
        #expect(
            types(studio) == [
                .sourceUp, .appeared, .lost, .sourceDown, .sourceDown, .sourceUp, .appeared, .lost, .sourceDown,
            ], "\(studio.ledger.lines)")
        let down = studio.ledger.events.filter { $0.type == .sourceDown }
        #expect(down.first?.reason == "the plug was pulled")
        #expect(down.map(\.attempt) == [1, 2, nil])
        #expect(down.first?.retryInMs == 500)
        // Before and after are two tracks: who knows who stands there now.
        #expect(Set(studio.ledger.events.compactMap(\.track)).count == 2)
        // The recording up to there is complete while the camera is away.
        #expect(studio.recorder?.interrupted == 2 && studio.recorder?.completed == 2)
        #expect(studio.recorder?.finished == 1)
    }

    /// The figure: the age of what is worked on stays under 200 ms plus one processing time.
    @Test func aSlowDetectorSeesTheNewestAndTheRestIsCounted() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 150)
        let live = FakeLiveSource(studio.scene)
        studio.live = live
        studio.detectorDelay = 400
        let pipeline = try studio.pipeline()
        #expect(await studio.run(pipeline))
        let counts = pipeline.statistics.take()
        #expect((1..<20).contains(counts.published), "six seconds at 400 ms each")
        #expect(try median(counts.latencies) < 400 + 200, "\(counts.latencies)")
        #expect(pipeline.losses.skipped >= 150 - counts.published - 10)
        #expect(types(studio) == [.sourceUp, .appeared, .lost, .sourceDown])
    }

    @Test func aSlowRecorderHoldsNobodyUp() async throws {
        var studio = Studio(.ann { _ in 300 }, frames: 100)
        studio.live = FakeLiveSource(studio.scene)
        let recorder = FakeRecorder(delay: 300)
        studio.recorder = recorder
        let pipeline = try studio.pipeline()
        #expect(await studio.run(pipeline))
        let counts = pipeline.statistics.take()
        #expect(counts.published > 50, "one that waited for the recorder would publish a frame each 300 ms")
        #expect(try median(counts.latencies) < 200, "\(counts.latencies)")
        #expect(counts.unrecorded > 0)
        #expect(recorder.writtenCount + counts.unrecorded == counts.published)
    }

    @Test func aSlowEmbedderHoldsNobodyUp() async throws {
        var studio = Studio(.ann { _ in 300 }, .bob { _ in 600 }, frames: 150)
        studio.live = FakeLiveSource(studio.scene)
        studio.embedderDelay = 600
        let pipeline = try studio.pipeline()
        #expect(await studio.run(pipeline))
        let counts = pipeline.statistics.take()
        #expect(counts.published > 75, "one that waited for embeddings would publish a few")
        #expect(try median(counts.latencies) < 200, "\(counts.latencies)")
        #expect(types(studio).count { $0 == .appeared } == 2)
    }
}
