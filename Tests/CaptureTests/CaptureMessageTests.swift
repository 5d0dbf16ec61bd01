import Capture
import TestSupport
import Testing
import VisageCore

@Suite struct CaptureMessageTests {
    private static let picture = SharedPicture(
        memory: 1, slot: 3, width: 1280, height: 720, offsets: [0, 921_600, 1_152_000], strides: [1280, 640, 640],
        isBT709: true, stamp: -5, arrived: 12_345, taken: nil)

    @Test(arguments: [
        CaptureMessage.began, .opened("1280x720 MJPG at 30 fps", interval: .milliseconds(33), identity: nil),
        .opened("", interval: nil, identity: V4L2Identity(driver: "uvc", card: "Ä camera", bus: "usb-1")),
        .wantsMemory(bytes: 1_400_000), .picture(picture), .data, .losses(skipped: 1, damaged: 2, missed: 3),
        .ended("the camera refuses the password", needsPerson: true, isInUse: false),
        .ended("", needsPerson: false, isInUse: true),
    ])
    func comesThroughAsItWas(_ message: CaptureMessage) {
        #expect(CaptureMessage(message.bytes) == message)
    }

    @Test func longTextsAreCut() {
        let message = CaptureMessage.ended(String(repeating: "x", count: 100_000), needsPerson: false, isInUse: false)
        #expect(message.bytes.count == CaptureLimits.messageBytes && CaptureMessage(message.bytes) != nil)
    }

    /// Whatever a decoder that was taken over sends: it is refused or has numbers that can be reckoned with.
    @Test func anyBytesAreRefusedOrSafe() {
        var random = SeededRandom(11)
        let samples = [
            CaptureMessage.opened("x", interval: nil, identity: nil), .picture(Self.picture), .wantsMemory(bytes: 1),
            .losses(skipped: 0, damaged: 0, missed: 0), .ended("x", needsPerson: false, isInUse: false),
        ]
        for round in 0..<200_000 {
            var bytes = round % 3 == 0 ? [] : samples[round % samples.count].bytes
            if bytes.isEmpty {
                bytes = (0..<Int.random(in: 0...130, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            switch CaptureMessage(bytes) {
            case .picture(let picture): #expect(picture.width >= 0 && picture.offsets.allSatisfy { $0 < 1 << 40 })
            case .wantsMemory(let bytes): #expect(0..<1 << 40 ~= bytes)
            case .losses(let skipped, let damaged, let missed): #expect(min(skipped, damaged, missed) >= 0)
            default: break
            }
        }
    }
}
