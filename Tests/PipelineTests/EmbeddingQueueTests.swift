import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Holds every job until it is let go, and counts how many are in it at once.
private final class GatedEmbedder: FaceEmbedder {
    private let gate = DispatchSemaphore(value: 0)
    private let counts = Mutex((inside: 0, most: 0))

    var inside: Int { counts.withLock { $0.inside } }
    var most: Int { counts.withLock { $0.most } }

    func letGo(_ count: Int) { for _ in 0..<count { gate.signal() } }

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        counts.withLock { counts in
            counts.inside += 1
            counts.most = max(counts.most, counts.inside)
        }
        gate.wait()
        counts.withLock { $0.inside -= 1 }
        if face.score > 1 { throw VisageError(.engine, "as the test wants it") }
        return Person.ann { _ in nil }.sample(frame: Int(face.box.x))
    }
}

@Suite struct EmbeddingQueueTests {
    private let frame = Pictures.frame(0, image: Pictures.plain(width: 16, height: 16, y: 100))

    private func face(_ x: Int, score: Double = 0.9) -> Face {
        Face(box: BoundingBox(x: Double(x), y: 0, width: 8, height: 8), landmarks: nil, score: score)
    }

    @Test(arguments: [1, 2, 5]) func neverMoreThanItsWidthRunAtOnce(width: Int) async {
        let embedder = GatedEmbedder()
        let queue = EmbeddingQueue(embedder: embedder, width: width)
        let statistics = PipelineStatistics()
        let jobs = (0..<40).map { queue.submit(face($0), of: frame, statistics) }
        #expect(await eventually { embedder.inside == width })
        #expect(queue.depth == 40)
        embedder.letGo(40)
        for job in jobs { #expect((try? job.wait().get()) != nil) }
        #expect(embedder.most == width)
        #expect(await eventually { queue.depth == 0 })
        #expect(statistics.take().stages[.embed]?.count == 40)
    }

    @Test func everyJobHasItsOwnOutcome() throws {
        let embedder = GatedEmbedder()
        let queue = EmbeddingQueue(embedder: embedder, width: 3)
        embedder.letGo(30)
        let statistics = PipelineStatistics()
        let jobs = (0..<30).map {
            queue.submit(face($0, score: $0 % 7 == 0 ? 2 : 0.9), of: frame, statistics)
        }
        for (index, job) in jobs.enumerated() {
            let outcome = job.wait()
            if index % 7 == 0 {
                #expect { try outcome.get() } throws: { ($0 as? VisageError)?.code == .engine }
            } else {
                let expected = Person.ann { _ in nil }.sample(frame: index).embedding
                #expect(try outcome.get().embedding == expected)
            }
        }
    }

    @Test func waitingEndsWithTheJobOrItsDeadline() async throws {
        let embedder = GatedEmbedder()
        let queue = EmbeddingQueue(embedder: embedder, width: 1)
        let job = queue.submit(face(7), of: frame, PipelineStatistics())
        #expect(job.wait(until: .now + .milliseconds(20)) == nil, "it is held")
        let waiting = onThread { job.wait(until: .now + testTimeout) }
        embedder.letGo(1)
        let expected = Person.ann { _ in nil }.sample(frame: 7).embedding
        #expect(try await waiting.value?.get().embedding == expected)
        // Done is done, whatever the deadline.
        #expect(try job.wait(until: .now)?.get().embedding == expected)
    }

    @Test func aFailedJobLeavesItsPlaceToTheNext() {
        let embedder = GatedEmbedder()
        let queue = EmbeddingQueue(embedder: embedder, width: 1)
        embedder.letGo(2)
        let statistics = PipelineStatistics()
        let failing = queue.submit(face(0, score: 2), of: frame, statistics)
        let next = queue.submit(face(1), of: frame, statistics)
        #expect((try? failing.wait().get()) == nil)
        #expect((try? next.wait().get()) != nil)
    }
}
