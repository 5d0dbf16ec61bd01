import VisageCore

/// What one camera may take of the machine. A camera, or whoever answers in its place, can send anything: beyond these
/// limits it is down, with the reason, and the others go on. docs/cameras.md lists them.
package enum CaptureLimits {
    /// Pixels of a picture: 4096 x 2176, cinema 4K.
    package static let maxPixels = 4096 * 2176
    /// Pixels of a picture of a video file, which is decoded in the program itself: 8K.
    package static let maxFilePixels = 8192 * 4352
    /// Width or height of a picture, in pixels.
    package static let maxSide = 8192
    /// Changes of the picture's size, within `sizePeriod`.
    package static let maxSizeChanges = 6
    package static let sizePeriod = Duration.seconds(60)
    /// Pictures that are in the decoder and in the pipeline at the same time. H.264 and H.265 refer to up to 16 earlier ones.
    package static let maxPictures = 44
    /// Compressed data, in bytes per second over `dataPeriod`: 500 Mbit/s, several times what MJPEG in 4K takes.
    package static let maxBytesPerSecond = 62_500_000
    package static let dataPeriod = Duration.seconds(4)
    /// Memory of the capture process besides pictures, in bytes, beyond what it has when it starts.
    package static let memory = 256 << 20
    /// Open files and sockets of the capture process.
    package static let openFiles = 64
    /// Share of one processor that the capture process may take in the long run, and seconds that it may take at once.
    package static let processorShare = 0.9
    package static let processorReserve = 30.0
    /// Bytes of a message of the capture process, and of one that carries a part of a packet.
    package static let messageBytes = 4096
    package static let packetMessageBytes = 64 << 10
    /// Bytes of a packet of compressed video, a picture: a key frame of the largest camera has a tenth of it.
    package static let maxPacketBytes = 8 << 20
    /// Packets in a second. More count as too much data.
    package static let maxPacketsPerSecond = 1000
    /// Bytes of the parameter sets of a stream.
    package static let maxConfigurationBytes = 2048
    /// Pictures by which the order of decoding may differ from that of showing.
    package static let maxReordering = 16
    /// Packets that wait in the capture process for the daemon to take them, and their bytes.
    package static let waitingPackets = 600
    package static let waitingPacketBytes = 24 << 20
    /// Bytes of the message that says what to capture, certificates included.
    package static let taskBytes = 128 << 10
    /// Characters of a text that the capture process sends.
    package static let textLength = 300
}
