import Synchronization
import VisageCore

/// Assembles the packets that a capture process sends in parts, and checks every field of them.
struct PacketAssembly {
    private static let sessions = Atomic<Int>(0)

    private let sink: (any PacketSink)?
    private let session = sessions.add(1, ordering: .relaxed).newValue
    private var hasStream = false
    private var last = -1
    /// The packet that is incomplete, with the parts received so far.
    private var partial: PacketPart?
    private var rate = DataRate()
    /// When the stream changed.
    private var changes: [MonotonicTime] = []

    init(sink: (any PacketSink)?) { self.sink = sink }

    /// - Throws: `VisageError.source` if packets were not requested, or the parameters of the stream change too often.
    mutating func begin(_ stream: PacketStream, at now: MonotonicTime) throws {
        guard let sink, partial == nil else { throw CaptureLimits.misbehaves }
        changes = changes.filter { now - $0 < CaptureLimits.sizePeriod } + [now]
        // The first one is no change.
        guard changes.count <= CaptureLimits.maxSizeChanges + 1 else {
            throw VisageError(
                .source,
                "the camera has changed the parameters of its stream more than \(CaptureLimits.maxSizeChanges) times "
                    + "within \(Int(CaptureLimits.sizePeriod.inSeconds)) s", retry: .needsPerson)
        }
        hasStream = true
        sink.begin(stream)
    }

    mutating func begin(without codec: String) throws {
        guard let sink, !hasStream else { throw CaptureLimits.misbehaves }
        sink.begin(without: codec)
    }

    /// - Throws: `VisageError.source` for a part that does not continue what was there, and if too much comes.
    mutating func take(_ part: PacketPart, at now: MonotonicTime) throws {
        guard let sink, hasStream else { throw CaptureLimits.misbehaves }
        try rate.add(part.data.count, at: now)
        if partial == nil {
            guard part.offset == 0, part.number > last else { throw CaptureLimits.misbehaves }
            partial = part
        } else {
            guard part.number == partial?.number, part.size == partial?.size, part.pts == partial?.pts,
                part.isKey == partial?.isKey, part.offset == partial?.data.count
            else { throw CaptureLimits.misbehaves }
            partial?.data += part.data
        }
        guard let whole = partial, whole.data.count == whole.size else { return }
        partial = nil
        // Small ones are work, too.
        try rate.add(CaptureLimits.maxBytesPerSecond / CaptureLimits.maxPacketsPerSecond, at: now)
        let missing = part.number - last - 1
        // Before the first one there were those with which decoding cannot begin.
        if last >= 0, missing > 0 { sink.lost(missing) }
        last = part.number
        sink.take(
            SourcePacket(
                id: PacketID(session: session, number: part.number), pts: part.pts, isKey: part.isKey,
                arrived: CaptureConversation.sensible(part.arrived, at: now), data: whole.data))
    }

    func id(of number: Int?) -> PacketID? {
        guard sink != nil else { return nil }
        return number.map { PacketID(session: session, number: $0) }
    }

    func end() { sink?.end() }
}
