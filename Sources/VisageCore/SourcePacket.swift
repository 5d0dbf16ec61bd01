/// Which packet of a camera's stream a picture was decoded from.
public struct PacketID: Sendable, Hashable {
    /// Of the connection to the camera; never the same twice within one run of the program.
    public var session: Int
    /// Grows from packet to packet within the session.
    public var number: Int

    public init(session: Int, number: Int) {
        self.session = session
        self.number = number
    }
}

/// What has to be known of a camera's compressed video to write it into an MP4 file.
public struct PacketStream: Sendable, Hashable {
    public enum Codec: Int, Sendable, CaseIterable {
        case h264 = 1
        case h265
    }

    public var codec: Codec
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Of the packets' time stamps.
    public var ticksPerSecond: Int
    /// Between two pictures, in ticks, as far as known; more than 0.
    public var step: Int
    /// By how many pictures the order of decoding differs from that of showing: the number of B-frames in a row, or 0.
    public var reordering: Int
    /// The parameter sets in the form in which MP4 has them: the content of the box `avcC` or `hvcC`.
    public var configuration: [UInt8]

    public init(
        codec: Codec, width: Int, height: Int, ticksPerSecond: Int, step: Int, reordering: Int, configuration: [UInt8]
    ) {
        self.codec = codec
        self.width = width
        self.height = height
        self.ticksPerSecond = ticksPerSecond
        self.step = step
        self.reordering = reordering
        self.configuration = configuration
    }
}

/// A compressed picture as the camera sent it, its NAL units each after its length in four bytes, as MP4 has them. Packets
/// come in the order in which they are decoded.
public struct SourcePacket: Sendable, Equatable {
    public var id: PacketID
    /// When it is shown, in ticks of the stream; the zero is arbitrary.
    public var pts: Int64
    /// Whether decoding can begin with it.
    public var isKey: Bool
    public var arrived: MonotonicTime
    public var data: [UInt8]

    public init(id: PacketID, pts: Int64, isKey: Bool, arrived: MonotonicTime, data: [UInt8]) {
        self.id = id
        self.pts = pts
        self.isKey = isKey
        self.arrived = arrived
        self.data = data
    }
}

/// Takes the packets of a camera beside its pictures. Called from the thread of the camera's session, and never waits.
public protocol PacketSink: AnyObject, Sendable {
    /// The packets that follow, up to the end or another stream, are of this stream; its first one is a key frame.
    func begin(_ stream: PacketStream)
    /// The camera sends no packets that could be copied, but what the text names.
    func begin(without codec: String)
    /// A picture that was decoded from the packet comes later, if at all.
    func take(_ packet: SourcePacket)
    /// So many packets were lost before the next one, on the way from whoever reads the camera.
    func lost(_ count: Int)
    /// The session has ended.
    func end()
}
