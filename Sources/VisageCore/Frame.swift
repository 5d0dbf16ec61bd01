import Foundation

/// One picture of a source, with its place in time.
public struct Frame: Sendable {
    /// Counts from 0 within one run of the source.
    public let number: Int
    /// Presentation time since the source's first frame; what the tracker and the recorder count in.
    public let pts: Duration
    /// When the picture reached this process.
    public let captured: MonotonicTime
    /// The same moment on the wall clock.
    public let wall: Date
    public let image: PixelBuffer
    /// What it was decoded from, where packets are copied.
    public let packet: PacketID?

    public init(
        number: Int, pts: Duration, captured: MonotonicTime, wall: Date, image: PixelBuffer, packet: PacketID? = nil
    ) {
        self.number = number
        self.pts = pts
        self.captured = captured
        self.wall = wall
        self.image = image
        self.packet = packet
    }
}
