import CFFmpeg
import Imaging
import VisageCore

/// Decodes pictures that come one at a time and whole, and returns none of which a part was concealed.
final class PictureDecoder {
    private let decoder: Decoder
    private let packet: Packet

    /// - Parameters:
    ///   - isStrict, slots: as `Decoder` has it
    /// - Throws: `VisageError.engine` if there is no such decoder; `name` is what the message calls it.
    init(_ id: AVCodecID, isStrict: Bool, slots: PictureSlots? = nil, name: String) throws {
        decoder = try Decoder(id, isStrict: isStrict, slots: slots, name: name)
        decoder.limit(pixels: CaptureLimits.maxPixels)
        packet = try Packet()
    }

    /// What FFmpeg's log knows it by.
    var identity: UnsafeRawPointer { decoder.identity }

    /// Takes a copy of a compressed picture, with the padding behind it that decoders may read.
    /// - Throws: `VisageError.engine` when memory is short.
    func load(_ bytes: UnsafeRawBufferPointer) throws {
        packet.clear()
        guard let base = bytes.baseAddress, av_new_packet(packet.packet, Int32(clamping: bytes.count)) == 0,
            let data = packet.packet.pointee.data
        else { throw VisageError(.engine, "There is no memory left to decode video.") }
        UnsafeMutableRawPointer(data).copyMemory(from: base, byteCount: bytes.count)
    }

    /// The picture of what was loaded; nil if it is damaged.
    func decode() -> Picture? {
        var isSound = decoder.send(packet)
        var newest: Picture?
        // All that it has: one that stays inside would come out in place of the next.
        while true {
            switch decoder.receive() {
            case .picture(let picture): newest = picture
            case .damage: isSound = false
            case .needsPacket, .end:
                guard isSound, let newest, !newest.isDamaged, newest.width > 0, newest.height > 0 else { return nil }
                return newest
            }
        }
    }
}
