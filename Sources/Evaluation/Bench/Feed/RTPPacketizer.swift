import CFFmpeg
import Imaging
import VisageCore

/// Cuts the pictures of a clip into RTP packets, each framed for one TCP connection with RTSP as RFC 2326, section 10.12
/// has it: owns an `AVFormatContext` of FFmpeg's RTP muxer.
final class RTPPacketizer {
    /// A picture lasts so many ticks of RTP's clock for video, 90 kHz.
    private static let ticks = Int64(90_000 / FeedClip.fps)
    /// Bytes of a packet, less than a frame of Ethernet holds.
    private static let packetBytes: Int32 = 1400

    private let context: UnsafeMutablePointer<AVFormatContext>
    private let packet: UnsafeMutablePointer<AVPacket>
    private let output = Output()
    private var sent: Int64 = 0

    private final class Output {
        var bytes: [UInt8] = []

        /// Channel 0 has the pictures, channel 1 the reports of RTCP.
        func add(_ packet: UnsafeBufferPointer<UInt8>) {
            let isReport = packet.count > 1 && 200...204 ~= packet[1]
            bytes += [0x24, isReport ? 1 : 0, UInt8(packet.count >> 8 & 0xFF), UInt8(packet.count & 0xFF)]
            bytes += packet
        }
    }

    /// - Throws: `VisageError.engine` if the library refuses.
    init(_ clip: FeedClip) throws {
        _ = FFmpeg.silenced
        let failure = VisageError(.engine, "FFmpeg's libavformat makes no RTP packets of this clip")
        var created: UnsafeMutablePointer<AVFormatContext>?
        avformat_alloc_output_context2(&created, nil, "rtp", nil)
        guard let context = created, let packet = av_packet_alloc() else { throw failure }
        (self.context, self.packet) = (context, packet)
        guard let stream = avformat_new_stream(context, nil),
            avcodec_parameters_copy(stream.pointee.codecpar, clip.parameters) >= 0,
            let buffer = av_malloc(Int(Self.packetBytes))
        else { throw failure }
        stream.pointee.codecpar.pointee.codec_tag = 0
        context.pointee.pb = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Self.packetBytes, 1,
            Unmanaged.passUnretained(output).toOpaque(), nil,
            { output, bytes, count in
                guard let output, let bytes else { return visage_averror(EINVAL) }
                Unmanaged<Output>.fromOpaque(output).takeUnretainedValue().add(
                    UnsafeBufferPointer(start: bytes, count: Int(count)))
                return count
            }, nil)
        guard context.pointee.pb != nil else { throw failure }
        context.pointee.pb.pointee.max_packet_size = Self.packetBytes
        context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        guard avformat_write_header(context, nil) >= 0 else { throw failure }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        if context.pointee.pb != nil {
            av_freep(&context.pointee.pb.pointee.buffer)
            avio_context_free(&context.pointee.pb)
        }
        avformat_free_context(context)
    }

    /// What describes the stream to a client.
    func description() -> String {
        var text = [CChar](repeating: 0, count: 4096)
        var contexts: UnsafeMutablePointer<AVFormatContext>? = context
        _ = av_sdp_create(&contexts, 1, &text, Int32(text.count))
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// The bytes to send for the next picture.
    /// - Throws: `VisageError.engine` when memory is short.
    func bytes(for picture: FeedClip.Picture) throws -> [UInt8] {
        output.bytes.removeAll(keepingCapacity: true)
        guard av_new_packet(packet, Int32(clamping: picture.bytes.count)) >= 0, let data = packet.pointee.data else {
            throw VisageError(.engine, "There is no memory left to send video")
        }
        defer { av_packet_unref(packet) }
        picture.bytes.withUnsafeBytes {
            UnsafeMutableRawPointer(data).copyMemory(
                from: $0.baseAddress ?? UnsafeRawPointer(data), byteCount: $0.count)
        }
        (packet.pointee.pts, packet.pointee.dts) = (sent, sent)
        packet.pointee.duration = Self.ticks
        if picture.isKey { packet.pointee.flags |= AV_PKT_FLAG_KEY }
        sent += Self.ticks
        guard av_write_frame(context, packet) >= 0 else {
            throw VisageError(.engine, "FFmpeg's libavformat makes no RTP packets of this clip")
        }
        return output.bytes
    }
}
