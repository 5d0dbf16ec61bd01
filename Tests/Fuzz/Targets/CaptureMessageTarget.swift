import Foundation
import Synchronization
import VisageCore

@testable import Capture
@testable import Publishing

/// What a capture process says to the daemon: messages with their length, two bytes, in front of each. Pictures are read
/// where they are said to be.
struct CaptureMessageTarget: FuzzTarget {
    static let name = "capture-message"

    static func seeds() -> [[UInt8]] {
        let picture = SharedPicture(
            memory: 1, slot: 0, width: 64, height: 48, offsets: [0, 3072, 3840], strides: [64, 32, 32], isBT709: false,
            stamp: 1, arrived: 2, taken: 3)
        let conversations: [[CaptureMessage]] = [
            [.opened("H.264 over TCP", interval: .milliseconds(40), identity: nil), .wantsMemory(bytes: 8192)]
                + [.picture(picture), .picture(picture), .data, .losses(skipped: 1, damaged: 2, missed: 3)],
            [.opened("x", interval: nil, identity: V4L2Identity(driver: "a", card: "b", bus: "c"))],
            [
                .stream(
                    PacketStream(
                        codec: .h264, width: 64, height: 48, ticksPerSecond: 90_000, step: 3000, reordering: 1,
                        configuration: [1, 2, 3, 4, 5, 6, 7, 8])),
                .packet(
                    PacketPart(number: 0, pts: 0, isKey: true, arrived: 1, size: 4, offset: 0, data: [1, 2])),
                .packet(
                    PacketPart(number: 0, pts: 0, isKey: true, arrived: 1, size: 4, offset: 2, data: [3, 4])),
                .packet(PacketPart(number: 2, pts: 3000, isKey: false, arrived: 1, size: 1, offset: 0, data: [5])),
            ],
            [.noPackets("MJPEG"), .wantsMemory(bytes: 1 << 20), .ended("hunter2", needsPerson: true, isInUse: false)],
        ]
        return conversations.map { messages in
            messages.flatMap { [UInt8($0.bytes.count >> 8), UInt8($0.bytes.count & 255)] + $0.bytes }
        }
    }

    func run(_ bytes: [UInt8]) throws {
        let packets = PlannedPackets()
        let session = LiveSession(packets: packets)
        var conversation = CaptureConversation(session: session, secrets: ["hunter2"])
        var reader = InputReader(bytes)
        while !reader.isAtEnd {
            guard let message = CaptureMessage(reader.take(reader.word())) else { continue }
            do {
                _ = try conversation.take(message, at: .now)
            } catch {
                Invariant.checkLine("\(error)")
                Invariant.require(!"\(error)".contains("hunter2"), "a password is shown")
                throw error
            }
            if case .picture(let picture) = session.take(until: .now) { Touch.all(picture.image) }
            if let description = session.description { Invariant.checkLine(description) }
            // What deadlines are reckoned from must not overflow.
            _ = session.deadline
        }
    }
}

/// Gives packets their places, as the recorder does.
private final class PlannedPackets: PacketSink {
    private let plan = Mutex(PacketPlan(segmentLength: .seconds(600), maxBytes: 1 << 20))

    func begin(_ stream: PacketStream) { plan.withLock { $0.begin(stream) } }
    func begin(without codec: String) { Invariant.checkLine(codec) }
    func lost(_ count: Int) { plan.withLock { $0.miss(count) } }
    func end() { plan.withLock { $0.end() } }

    func take(_ packet: SourcePacket) {
        guard let place = plan.withLock({ $0.place(packet) { "x" } }) else { return }
        Invariant.require(place.pts >= place.dts && place.position.offsetMs >= 0, "times that no file can have")
    }
}
