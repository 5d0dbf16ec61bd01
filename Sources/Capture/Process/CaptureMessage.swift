import VisageCore

/// What a capture process tells the daemon. A message is one packet: its kind, then numbers of 8 bytes, little-endian,
/// then a text or a value in JSON as far as the kind has one.
///
/// The daemon believes nothing in it: a decoder that was taken over may write anything.
package enum CaptureMessage: Sendable, Equatable {
    /// The process has started and begins to open the camera.
    case began
    /// The camera is open: a description for people, the interval between frames, and how a webcam describes itself.
    case opened(String, interval: Duration?, identity: V4L2Identity?)
    /// The decoder needs memory for pictures, of so many bytes each.
    case wantsMemory(bytes: Int)
    /// A picture is ready in the shared memory.
    case picture(SharedPicture)
    /// The packets that follow are of this stream.
    case stream(PacketStream)
    /// There are no packets to be copied, because the camera sends what the text names.
    case noPackets(String)
    /// A part of a packet.
    case packet(PacketPart)
    /// Data came, usable or not.
    case data
    /// Frames that were lost since the last message of this kind.
    case losses(skipped: Int, damaged: Int, missed: Int)
    /// The camera cannot be used any longer, and why; the process ends. Whether a person is needed, and whether another
    /// program uses the camera.
    case ended(String, needsPerson: Bool, isInUse: Bool)
}

/// A part of a packet; the parts of one packet come one after the other.
package struct PacketPart: Sendable, Hashable {
    /// Of the packet, growing within the process; numbers that are left out are packets that were lost.
    package var number: Int
    /// In ticks of the stream.
    package var pts: Int64
    package var isKey: Bool
    /// On the monotonic clock, nanoseconds.
    package var arrived: Int64
    /// Bytes of the whole packet, and those before this part.
    package var size: Int
    package var offset: Int
    package var data: [UInt8]

    package init(
        number: Int, pts: Int64, isKey: Bool, arrived: Int64, size: Int, offset: Int, data: [UInt8]
    ) {
        self.number = number
        self.pts = pts
        self.isKey = isKey
        self.arrived = arrived
        self.size = size
        self.offset = offset
        self.data = data
    }
}

/// Where a picture lies in the shared memory: all numbers in bytes, pixels and nanoseconds.
package struct SharedPicture: Sendable, Hashable {
    /// Which of the memories that the process was given one after the other, from 1.
    package var memory: Int
    package var slot: Int
    package var width: Int
    package var height: Int
    /// From the start of the slot to luma, Cb and Cr, and from row to row.
    package var offsets: [Int]
    package var strides: [Int]
    package var isBT709: Bool
    /// On the camera's own clock.
    package var stamp: Int64?
    /// On the monotonic clock, which both processes share.
    package var arrived: Int64
    package var taken: Int64?
    /// The number of the packet that it was decoded from.
    package var packet: Int?

    package init(
        memory: Int, slot: Int, width: Int, height: Int, offsets: [Int], strides: [Int], isBT709: Bool, stamp: Int64?,
        arrived: Int64, taken: Int64?, packet: Int? = nil
    ) {
        self.memory = memory
        self.slot = slot
        self.width = width
        self.height = height
        self.offsets = offsets
        self.strides = strides
        self.isBT709 = isBT709
        self.stamp = stamp
        self.arrived = arrived
        self.taken = taken
        self.packet = packet
    }
}
