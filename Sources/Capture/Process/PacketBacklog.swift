import VisageCore

/// What a capture process tells of a camera's own packets, in order.
enum PacketStep: Sendable {
    case stream(PacketStream)
    case none(String)
    case packet(SourcePacket)

    /// The messages that tell it.
    func messages(_ body: (CaptureMessage) -> Void) {
        switch self {
        case .stream(let stream): body(.stream(stream))
        case .none(let text): body(.noPackets(text))
        case .packet(let packet):
            // What stands before the data in a message is far shorter than this.
            let share = CaptureLimits.packetMessageBytes - 256
            for offset in stride(from: 0, to: packet.data.count, by: share) {
                body(
                    .packet(
                        PacketPart(
                            number: packet.id.number, pts: packet.pts, isKey: packet.isKey,
                            arrived: packet.arrived.nanoseconds, size: packet.data.count, offset: offset,
                            data: Array(packet.data[offset..<min(offset + share, packet.data.count)]))))
            }
        }
    }
}

/// Packets that wait for the daemon, in a capture process. Beyond a limit they are dropped rather than waited for; the
/// daemon sees by their numbers that they are missing.
struct PacketBacklog {
    private var steps: [PacketStep] = []
    private var bytes = 0

    mutating func add(_ step: PacketStep) {
        if case .packet(let packet) = step {
            guard steps.count < CaptureLimits.waitingPackets,
                bytes + packet.data.count <= CaptureLimits.waitingPacketBytes
            else { return }
            bytes += packet.data.count
        }
        steps.append(step)
    }

    mutating func takeAll() -> [PacketStep] {
        defer { (steps, bytes) = ([], 0) }
        return steps
    }
}
