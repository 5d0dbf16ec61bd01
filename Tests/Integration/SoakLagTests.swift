import Capture
import Decision
import Events
import Foundation
import Imaging
import Logging
import Pipeline
import Synchronization
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    @Suite struct SoakLagTests {
        /// The consumer takes ten times as long for a frame as the camera. The pictures' own numbers tell how old they
        /// are: the camera says when it sent which.
        @Test(arguments: ["tcp", "udp"]) func whoIsTooSlowSeesTheNewest(_ transport: String) async throws {
            let camera = try await RTSPCameraUnderTest.start(Material.get())
            let way = try #require(RTSPSettings.Transport(rawValue: transport))
            // Who sees one in ten pictures of a stream that goes round sees the same few again and again: not frozen.
            let source = LiveSource(
                RTSPCamera(try RTSPConnection(RTSPAddress(camera.url()), RTSPSettings(transport: way))),
                options: LiveSource.Options(frozenAfter: .zero))
            let detector = SlowDetector()
            let ledger = Ledger()
            let recognition = FaceRecognition(
                embeddings: EmbeddingQueue(embedder: NoEmbedder(), width: 1), classifier: { nil }, unknowns: NoMemory(),
                rules: DecisionRules([]))
            let pipeline = CameraPipeline(
                CameraPipeline.Parts(
                    camera: "slow", source: source, detector: detector,
                    recognition: { recognition }, events: ledger, recorder: nil, broadcaster: nil,
                    annotator: try Annotator(),
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
                options: CameraPipeline.Options())
            pipeline.start()
            let duration = Duration.seconds((transport == "tcp" ? 60 : 20) * (Soak.isShort ? 1 : 10))
            await letPass(duration)
            let said = pipeline.statistics.take().latencies
            let ended = Mutex(false)
            pipeline.stop()
            pipeline.whenEnded { ended.withLock { $0 = true } }
            #expect(await eventually { ended.withLock { $0 } })

            // When it is looked at, so that the time that this takes is not in it.
            let ages = detector.looks.compactMap { look in
                Self.sent(look.number, before: look.began, camera.messages).map { (look.began - $0).milliseconds }
            }
            let sorted = ages.sorted()
            print("age of frames taken, ms, \(transport): median \(sorted[ages.count / 2]), most \(sorted.last ?? 0)")
            #expect(ages.count > Int(duration / SlowDetector.processing) * 8 / 10)
            #expect(ages.allSatisfy { $0 < 200 }, "\(sorted.suffix(9)), of \(ages.count)")
            // It knows how late it is.
            let longest = detector.looks.map { ($0.ended - $0.began).milliseconds }.max() ?? 0
            #expect(said.allSatisfy { $0 < 200 + longest }, "\(said.sorted().suffix(9))")
            #expect(said.count >= ages.count - 2)
            #expect(source.losses.skipped > ages.count * 8)
            #expect(ledger.events.map(\.type) == [.sourceUp, .sourceDown], "\(ledger.events)")
        }

        /// When the camera sent the picture of this number: it says so of key frames, the others lie between.
        private static func sent(
            _ number: Int, before time: MonotonicTime, _ messages: [RTSPCameraUnderTest.Message]
        ) -> MonotonicTime? {
            let key = number - number % RTSPStreams.rate
            let sent = messages.last { $0.key == "h264" && $0.number == key && $0.time < time }?.time
            return sent.map { $0 + .seconds(Double(number - key) / Double(RTSPStreams.rate)) }
        }
    }
}

/// Looks at a frame for ten times as long as it is shown.
private final class SlowDetector: FaceDetector {
    struct Look: Sendable {
        let number: Int
        let began: MonotonicTime
        let ended: MonotonicTime
    }

    static let processing = Duration.seconds(10.0 / Double(RTSPStreams.rate))
    private let kept = Mutex<[Look]>([])

    var looks: [Look] { kept.withLock { $0 } }

    func detect(in image: PixelBuffer) throws -> [Face] {
        let began = MonotonicTime.now
        let number = RTSPStreams.number { image.luma[$0, $1] }
        Thread.sleep(forTimeInterval: Self.processing.inSeconds)
        kept.withLock { $0.append(Look(number: number, began: began, ended: .now)) }
        return []
    }
}

private struct NoEmbedder: FaceEmbedder {
    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        throw VisageError(.engine, "there is nobody to embed")
    }
}

/// Keeps events.
private final class Ledger: EventSink {
    private let kept = Mutex<[Event]>([])
    let wantsFrames = false

    var events: [Event] { kept.withLock { $0 } }

    func publish(_ event: CameraEvent) { kept.withLock { $0.append(Event(event)) } }
}

/// There is nobody to remember.
private struct NoMemory: UnknownPeople {
    let keepsViews = false
    func recognize(_ face: UnknownFace, track: Int, besides others: Set<String>, at time: Date) -> String {
        "unknown-\(track)"
    }
    func learn(_ face: UnknownFace, track: Int, at time: Date) -> String? { nil }
    func keep(_ view: FaceView, track: Int) {}
    func withdraw(track: Int) {}
    func leave(track: Int) {}
}
