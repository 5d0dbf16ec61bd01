import CFFmpeg
import Foundation
import VisageCore

/// The file of a photo before it is decoded: its size, and the parts of it that make up the picture. Only these are given
/// to the decoder. Text, profiles and previews, which can be made to unpack to gigabytes, are left out.
package struct PhotoContent {
    /// More pixels are refused; cameras and phones make up to 50 megapixels of theirs.
    package static let maxMegapixels = 64
    /// A photo that takes more to be decoded is refused.
    package static let maxMemory = 384 << 20

    /// What the beginning of a file says.
    struct Header {
        var width = 0
        var height = 0
        /// What the decoder takes for a pixel, in its frame and beside it.
        var bytesPerPixel = 0.0
        var orientation = Orientation.upright
        /// Ranges of the file, in order.
        var parts: [Range<Int>] = []
        /// Where the decoder expects the number of bytes that follow, if it does.
        var sizeField: Int?
    }

    /// A format in which the file is one picture.
    private struct Format: Sendable {
        let codec: AVCodecID
        /// nil for a damaged header.
        let header: @Sendable (PhotoBytes) -> Header?
    }

    /// By FFmpeg's name.
    private static let formats: [String: Format] = [
        "jpeg_pipe": Format(codec: AV_CODEC_ID_MJPEG, header: Header.jpeg),
        "png_pipe": Format(codec: AV_CODEC_ID_PNG, header: Header.png),
        "webp_pipe": Format(codec: AV_CODEC_ID_WEBP, header: Header.webP),
        "bmp_pipe": Format(codec: AV_CODEC_ID_BMP, header: Header.bmp),
        "tiff_pipe": Format(codec: AV_CODEC_ID_TIFF, header: Header.tiff),
        "ppm_pipe": Format(codec: AV_CODEC_ID_PPM, header: Header.pnm),
        "pgm_pipe": Format(codec: AV_CODEC_ID_PGM, header: Header.pnm),
    ]

    let codec: AVCodecID
    let header: Header
    private let data: Data

    /// - Throws: `VisageError` (unreadable) with the reason.
    package init(_ data: Data) throws {
        guard !data.isEmpty else { throw Photo.unreadable("the file is empty") }
        guard data.count <= Photo.maxFileBytes else {
            throw Photo.unreadable("the file is larger than \(Photo.maxFileBytes >> 20) MiB; make it smaller")
        }
        guard let format = Self.formatName(data).flatMap({ Self.formats[$0] }) else {
            throw Photo.unreadable("not a picture in a known format")
        }
        let header = data.withUnsafeBytes { format.header(PhotoBytes(raw: $0)) }
        guard let header, header.width > 0, header.height > 0, !header.parts.isEmpty else {
            throw Photo.unreadable("damaged: its size cannot be read")
        }
        (codec, self.header, self.data) = (format.codec, header, data)
        let megapixels = Double(header.width) * Double(header.height) / 1e6
        guard megapixels <= Double(Self.maxMegapixels) else {
            throw Photo.unreadable(
                "it is larger than \(Self.maxMegapixels) megapixels (\(header.width)x\(header.height)); make it smaller"
            )
        }
        guard memory <= Self.maxMemory else {
            throw Photo.unreadable(
                "to decode it would take \(memory >> 20) MiB of memory, more than \(Self.maxMemory >> 20); make it smaller"
            )
        }
    }

    /// Bytes that decoding takes at most, with the picture that comes out of it.
    package var memory: Int {
        let result = header.orientation.isUpright ? 1.5 : 3
        return data.count + Int(Double(header.width * header.height) * (header.bytesPerPixel + result))
    }

    /// Whether the file is a picture of a known format, damaged or not.
    static func isPicture(_ data: Data) -> Bool { formatName(data).map { formats[$0] != nil } ?? false }

    /// What FFmpeg finds the file to be.
    private static func formatName(_ data: Data) -> String? {
        _ = FFmpeg.silenced
        // Of a file with several pictures, as some cameras write videos, the first few are within so much.
        let head = data.prefix(1 << 20)
        var bytes = [UInt8](head) + [UInt8](repeating: 0, count: Int(AVPROBE_PADDING_SIZE))
        return bytes.withUnsafeMutableBufferPointer { buffer in
            var probe = AVProbeData()
            probe.buf = buffer.baseAddress
            probe.buf_size = Int32(head.count)
            return "".withCString { name in
                probe.filename = name
                return av_probe_input_format(&probe, 1)?.pointee.name.map { String(cString: $0) }
            }
        }
    }

    /// Bytes that are given to the decoder.
    package var packetSize: Int { header.parts.reduce(0) { $0 + $1.count } }

    /// The parts of the file in a packet of their own; nil when memory is short.
    func packet() -> PhotoPacket? {
        let count = packetSize
        guard let packet = PhotoPacket(count: count), let target = packet.pointer.pointee.data else { return nil }
        data.withUnsafeBytes { source in
            var position = 0
            for part in header.parts {
                source[part].copyBytes(to: UnsafeMutableRawBufferPointer(start: target + position, count: part.count))
                position += part.count
            }
        }
        if let field = header.sizeField, field + 4 <= count {
            for byte in 0..<4 { target[field + byte] = UInt8(truncatingIfNeeded: (count - field - 4) >> (8 * byte)) }
        }
        return packet
    }
}

/// Owns an `AVPacket`.
final class PhotoPacket {
    let pointer: UnsafeMutablePointer<AVPacket>

    /// An empty one; nil when memory is short.
    init?() {
        guard let pointer = av_packet_alloc() else { return nil }
        self.pointer = pointer
    }

    /// With room for `count` bytes and the padding that FFmpeg's parsers read into; nil when memory is short.
    init?(count: Int) {
        guard let pointer = av_packet_alloc() else { return nil }
        self.pointer = pointer
        guard av_new_packet(pointer, Int32(count)) >= 0 else { return nil }
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&pointer)
    }

    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: pointer.pointee.data, count: Int(pointer.pointee.size))) }
}
