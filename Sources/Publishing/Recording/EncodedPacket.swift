import CFFmpeg
import VisageCore

/// A compressed picture: owns an `AVPacket`, which is filled again and again.
final class EncodedPacket {
    let packet: UnsafeMutablePointer<AVPacket>

    /// - Throws: `VisageError.engine` when memory is short.
    init() throws {
        guard let packet = av_packet_alloc() else {
            throw VisageError(.engine, "There is no memory left to write video.")
        }
        self.packet = packet
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    var isKey: Bool { packet.pointee.flags & AV_PKT_FLAG_KEY != 0 }
}
