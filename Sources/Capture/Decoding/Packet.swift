import CFFmpeg
import VisageCore

/// A piece of compressed video: owns an `AVPacket`, which is filled again and again.
final class Packet {
    let packet: UnsafeMutablePointer<AVPacket>

    /// - Throws: `VisageError.engine` when memory is short.
    init() throws {
        guard let packet = av_packet_alloc() else {
            throw VisageError(.engine, "There is no memory left to read video.")
        }
        self.packet = packet
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    func clear() { av_packet_unref(packet) }
}
