import Capture
import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Packets on their way from a capture process, which may say what it likes.
@Suite struct PacketMessageTests {
    private final class Sink: PacketSink {
        struct Heard: Sendable {
            var streams: [PacketStream] = []
            var without: [String] = []
            var packets: [SourcePacket] = []
            var lost = 0
            var ends = 0
        }
        private let state = Mutex(Heard())
        var heard: Heard { state.withLock { $0 } }

        func begin(_ stream: PacketStream) { state.withLock { $0.streams.append(stream) } }
        func begin(without codec: String) { state.withLock { $0.without.append(codec) } }
        func take(_ packet: SourcePacket) { state.withLock { $0.packets.append(packet) } }
        func lost(_ count: Int) { state.withLock { $0.lost += count } }
        func end() { state.withLock { $0.ends += 1 } }
    }

    private static let stream = PacketStream(
        codec: .h265, width: 1280, height: 720, ticksPerSecond: 90_000, step: 6000, reordering: 2,
        configuration: [1] + Array(repeating: 7, count: 30))

    private let sink = Sink()
    private var conversation: CaptureConversation

    init() { conversation = CaptureConversation(session: LiveSession(packets: sink)) }

    private func part(
        _ number: Int, size: Int = 4, offset: Int = 0, data: [UInt8] = [1, 2, 3, 4], pts: Int64 = 0, isKey: Bool = true
    ) -> PacketPart {
        PacketPart(
            number: number, pts: pts, isKey: isKey, arrived: MonotonicTime.now.nanoseconds, size: size, offset: offset,
            data: data)
    }

    private mutating func take(_ message: CaptureMessage) throws { _ = try conversation.take(message, at: .now) }

    private mutating func expectRefusal(_ message: CaptureMessage, _ comment: Comment) {
        #expect(throws: VisageError.self, comment) { try self.take(message) }
    }

    @Test func messagesComeThroughAsTheyWere() {
        for message in [
            CaptureMessage.stream(Self.stream), .noPackets("MJPEG"), .packet(part(5, pts: -7, isKey: false)),
            .packet(part(1, size: 1 << 20, offset: 65_000, data: Array(repeating: 9, count: 65_000))),
        ] { #expect(CaptureMessage(message.bytes) == message) }
    }

    @Test mutating func partsBecomeThePacketAgain() throws {
        try take(.stream(Self.stream))
        let data = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for start in stride(from: 0, to: data.count, by: 65_000) {
            let share = Array(data[start..<min(start + 65_000, data.count)])
            let message = CaptureMessage.packet(part(0, size: data.count, offset: start, data: share))
            #expect(message.bytes.count <= CaptureLimits.packetMessageBytes + 1000)
            try take(message)
        }
        try take(.packet(part(1)))
        #expect(sink.heard.packets.map(\.data) == [data, [1, 2, 3, 4]] && sink.heard.lost == 0)
        #expect(sink.heard.packets.map(\.id.number) == [0, 1])
    }

    @Test mutating func missingNumbersAreLostPackets() throws {
        try take(.stream(Self.stream))
        // What came before decoding could begin was not to be recorded.
        for number in [3, 4, 9] { try take(.packet(part(number))) }
        #expect(sink.heard.lost == 4)
    }

    @Test func numbersThatMakeNoSenseAreNoMessages() {
        func stream(_ change: (inout PacketStream) -> Void) -> CaptureMessage {
            var stream = Self.stream
            change(&stream)
            return .stream(stream)
        }
        let lies: [CaptureMessage] = [
            stream { $0.width = 0 }, stream { $0.width = 9000 }, stream { ($0.width, $0.height) = (8192, 8192) },
            stream { $0.ticksPerSecond = 0 }, stream { $0.ticksPerSecond = 1 << 30 }, stream { $0.step = 0 },
            stream { $0.step = 90_001 }, stream { $0.reordering = 17 }, stream { $0.reordering = -1 },
            stream { $0.configuration = [] }, stream { $0.configuration[0] = 0 },
            stream { $0.configuration = [1] + Array(repeating: 0, count: 3000) },
            .packet(part(-1)), .packet(part(1 << 40)), .packet(part(0, size: 0, data: [])), .packet(part(0, data: [])),
            .packet(part(0, size: 3)), .packet(part(0, size: 9 << 20)), .packet(part(0, offset: 4)),
            .packet(part(0, offset: -1)), .packet(part(0, pts: 1 << 54)), .packet(part(0, pts: .min)),
        ]
        for lie in lies { #expect(CaptureMessage(lie.bytes) == nil, "\(lie)") }
    }

    @Test mutating func whatDoesNotContinueIsRefused() throws {
        expectRefusal(.packet(part(0)), "before any stream")
        try take(.stream(Self.stream))
        try take(.packet(part(5, size: 8)))
        expectRefusal(.stream(Self.stream), "in the middle of a packet")
        for (lie, comment) in [
            (part(6, size: 8, offset: 4), "another packet"), (part(5, size: 9, offset: 4), "another size"),
            (part(5, size: 8, offset: 3), "a part twice"), (part(5, size: 8, offset: 4, pts: 1), "another time"),
            (part(5, size: 8, offset: 4, isKey: false), "another kind"), (part(5, size: 8), "the start again"),
        ] as [(PacketPart, Comment)] { expectRefusal(.packet(lie), comment) }
        try take(.packet(part(5, size: 8, offset: 4)))
        expectRefusal(.packet(part(5)), "a number twice")
        expectRefusal(.packet(part(9, size: 8, offset: 4)), "without a start")
        #expect(sink.heard.packets.count == 1)
    }

    @Test func whoDidNotAskGetsNone() throws {
        var conversation = CaptureConversation(session: LiveSession())
        for message in [CaptureMessage.stream(Self.stream), .noPackets("x"), .packet(part(0))] {
            #expect(throws: VisageError.self) { try conversation.take(message, at: .now) }
        }
    }

    @Test mutating func aFloodIsStopped() throws {
        try take(.stream(Self.stream))
        let error = #expect(throws: VisageError.self) {
            for number in 0..<100_000 { try self.take(.packet(self.part(number, size: 1, data: [1]))) }
        }
        #expect(error?.message.contains("Mbit/s") == true && sink.heard.packets.count <= 4100)
        let other = Sink()
        var conversation = CaptureConversation(session: LiveSession(packets: other))
        let change = #expect(throws: VisageError.self) {
            for _ in 0..<20 { _ = try conversation.take(.stream(Self.stream), at: .now) }
        }
        #expect(change?.message.contains("more than 6 times") == true && other.heard.streams.count == 7)
    }

    @Test mutating func theNameOfTheCodecIsOneLine() throws {
        try take(.noPackets("MJ\nPEG"))
        #expect(sink.heard.without == ["MJ\u{FFFD}PEG"])
        conversation.end()
        #expect(sink.heard.ends == 1)
    }

    /// Whatever comes, what the sink is given can be reckoned with.
    @Test func anyBytesAreRefusedOrSafe() {
        var random = SeededRandom(12)
        let samples = [CaptureMessage.stream(Self.stream), .packet(part(1)), .noPackets("x")].map(\.bytes)
        for round in 0..<100_000 {
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            switch CaptureMessage(bytes) {
            case .stream(let stream):
                #expect(stream.width * stream.height <= CaptureLimits.maxPixels && stream.step > 0)
            case .packet(let part): #expect(part.offset + part.data.count <= part.size && abs(part.pts) <= 1 << 53)
            default: break
            }
        }
    }
}
