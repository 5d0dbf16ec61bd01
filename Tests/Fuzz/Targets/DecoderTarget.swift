import CFFmpeg
import Imaging
import VisageCore

@testable import Capture

/// Packets of compressed video as a camera sends them. The first byte chooses the codec; each packet has its length, two
/// bytes, in front.
struct DecoderTarget: FuzzTarget {
    static let name = "decoder"
    static let maxBytes = 8_192

    private static let codecs = [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG]

    static func seeds() throws -> [[UInt8]] {
        let encodings: [[String]] = [
            ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "aud=1:log-level=-1", "-f", "h264"],
            ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "aud=1:log-level=none", "-f", "hevc"],
            ["-c:v", "mjpeg", "-f", "mjpeg"],
        ]
        return try encodings.enumerated().map { index, arguments in
            let stream = try FFmpegSeeds.encode(["-frames:v", "4", "-pix_fmt", "yuv420p"] + arguments)
            // Access units begin with a delimiter, pictures of MJPEG with SOI.
            let starts: [[UInt8]] = [[0, 0, 0, 1, 9], [0, 0, 0, 1, 0x46], [0xFF, 0xD8]]
            var packets: [[UInt8]] = []
            for position in stream.indices {
                if packets.isEmpty || stream[position...].starts(with: starts[index]) { packets.append([]) }
                packets[packets.count - 1].append(stream[position])
            }
            return packets.reduce(into: [UInt8(index)]) { seed, packet in
                seed +=
                    [UInt8(truncatingIfNeeded: packet.count >> 8), UInt8(truncatingIfNeeded: packet.count)] + packet
            }
        }
    }

    func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        let codec = Self.codecs[Int(reader.byte()) % Self.codecs.count]
        let decoder = try PictureDecoder(codec, isStrict: codec == AV_CODEC_ID_MJPEG, name: "camera")
        var converter = PictureConverter()
        // More packets than a seed has find nothing new and take time.
        for _ in 0..<8 where !reader.isAtEnd {
            let packet = reader.take(reader.word())
            guard !packet.isEmpty else { continue }
            try packet.withUnsafeBytes { try decoder.load($0) }
            guard let picture = decoder.decode() else { continue }
            Touch.all(try converter.buffer(picture, orientation: picture.orientation ?? .upright))
        }
    }
}
