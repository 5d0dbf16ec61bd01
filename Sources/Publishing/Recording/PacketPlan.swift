import VisageCore

/// Decides which recording a camera's packet goes into, and when it is shown there. Pure.
///
/// A recording begins with a key frame, so it is a little longer than asked for, and nothing that refers to a packet that
/// was lost is recorded.
package struct PacketPlan {
    /// Where a packet belongs.
    package struct Place: Sendable, Equatable {
        package let position: RecordingPosition
        /// Ticks of the stream, from the first packet of the file on.
        package let pts: Int64
        package let dts: Int64
        package let stream: PacketStream
    }

    private struct Segment {
        let file: String
        let start: Int64
        var newest: Int64
        var times: DecodeTimes
        var bytes: Int64 = 0
    }

    /// Stamps that go back by more than this, or forth, are those of a clock that was set.
    private static let backward: Int64 = 1
    private static let forward: Int64 = 10
    /// How many segments' length a file may have at most while no key frame comes, and a minute.
    private static let overdue: Int64 = 2
    /// Stamps that jump all the time do not fill the folder with files: one begins so long after the last at the earliest.
    private static let pace = Duration.seconds(1)
    /// Packets whose place is remembered: pictures come soon after them.
    private static let memory = 1024

    private let segmentLength: Duration
    private let maxBytes: Int64
    private var stream: PacketStream?
    private var segment: Segment?
    private var isInterrupted = false
    /// When the newest file of this stream began.
    private var began: MonotonicTime?
    /// Nothing can be decoded before the next key frame.
    private var needsKey = false
    private var failure: MonotonicTime?
    private var isHeld = false
    private var isFinished = false
    private var places: [PacketID: RecordingPosition] = [:]
    private var order: [PacketID] = []
    private var oldest = 0
    /// Packets that were to be recorded and are not.
    private var lost = 0

    /// - Parameters:
    ///   - segmentLength: of a file, more than 0
    ///   - maxBytes: of a file, about; nil for no limit
    package init(segmentLength: Duration, maxBytes: Int64?) {
        self.segmentLength = segmentLength
        self.maxBytes = maxBytes ?? .max
    }

    /// The packets that follow are of this stream.
    package mutating func begin(_ stream: PacketStream) {
        self.stream = stream
        (segment, began) = (nil, nil)
        needsKey = false
    }

    /// The stream has ended.
    package mutating func end() { (stream, segment) = (nil, nil) }

    /// The place of the next packet; nil if it is not recorded.
    /// - Parameter name: makes the name of a new file.
    package mutating func place(_ packet: SourcePacket, name: () -> String) -> Place? {
        guard let stream, !isFinished, !isHeld, !isPausing(at: packet.arrived) else {
            segment = nil
            return nil
        }
        if needsKey, !packet.isKey {
            lost += 1
            return nil
        }
        let isContinued = isContinued(packet, stream)
        needsKey = false
        if !isContinued {
            guard packet.isKey, began.map({ packet.arrived - $0 >= Self.pace }) ?? true else {
                // One of a segment that cannot go on.
                if segment != nil { lost += 1 }
                needsKey = true
                segment = nil
                return nil
            }
            isInterrupted = false
            began = packet.arrived
            segment = Segment(
                file: name(), start: packet.pts, newest: packet.pts,
                times: DecodeTimes(reordering: stream.reordering, step: stream.step))
        }
        guard var segment else { return nil }
        segment.newest = max(segment.newest, packet.pts)
        segment.bytes += Int64(packet.data.count)
        let (pts, dts) = segment.times.next(packet.pts - segment.start)
        self.segment = segment
        let milliseconds = (Double(pts) * 1000 / Double(stream.ticksPerSecond)).rounded()
        // Pictures that lead up to the key frame at the start are shown before it, which is never.
        let position = RecordingPosition(file: segment.file, offsetMs: max(0, Int(milliseconds)))
        remember(position, of: packet.id)
        return Place(position: position, pts: pts, dts: dts, stream: stream)
    }

    /// Where a packet was put; nil if it was not.
    package func position(of id: PacketID) -> RecordingPosition? { places[id] }

    /// The packet that was placed last could not be kept.
    package mutating func drop(_ packet: SourcePacket) {
        places[packet.id] = nil
        miss(1)
    }

    /// So many packets did not come.
    package mutating func miss(_ count: Int) {
        lost += count
        needsKey = true
    }

    /// Packets that are not recorded although they should be, since the last call.
    package mutating func takeLost() -> Int {
        defer { lost = 0 }
        return lost
    }

    /// Writing into `file` has failed.
    package mutating func failed(_ file: String, at now: MonotonicTime) {
        guard segment?.file == file else { return }
        (segment, failure, needsKey) = (nil, now, false)
    }

    /// The next key frame begins a new file.
    package mutating func interrupt() { isInterrupted = true }

    /// While `isHeld`, nothing is recorded.
    package mutating func hold(_ isHeld: Bool) {
        self.isHeld = isHeld
        if isHeld { segment = nil }
    }

    package mutating func finish() { (isFinished, segment) = (true, nil) }

    private func isContinued(_ packet: SourcePacket, _ stream: PacketStream) -> Bool {
        guard let segment else { return false }
        let ticks = Int64(stream.ticksPerSecond)
        let gap = packet.pts - segment.newest
        guard gap >= -Self.backward * ticks, gap <= Self.forward * ticks else { return false }
        let length = Int64(segmentLength.inSeconds * Double(ticks))
        let age = packet.pts - segment.start
        if packet.isKey { return !isInterrupted && age < length && segment.bytes < maxBytes }
        return age < Self.overdue * length + 60 * ticks && segment.bytes / 2 < maxBytes
    }

    private mutating func isPausing(at now: MonotonicTime) -> Bool {
        guard let failure else { return false }
        if now - failure < RecordingPlan.pause { return true }
        self.failure = nil
        return false
    }

    private mutating func remember(_ position: RecordingPosition, of id: PacketID) {
        places[id] = position
        if order.count < Self.memory {
            order.append(id)
        } else {
            places[order[oldest]] = nil
            order[oldest] = id
            oldest = (oldest + 1) % Self.memory
        }
    }
}
