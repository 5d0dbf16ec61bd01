import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// Writes encoded pictures into a fragmented MP4 file: owns an `AVFormatContext` and its file.
///
/// A fragment of a quarter of a second is complete on its own and is handed to the kernel at once, so that a killed
/// process loses no more; each key frame starts one.
final class FragmentedMP4Muxer {
    /// A fragment waits in memory: stamps that do not move must not let it grow.
    private static let maxFragmentBytes = 8 << 20
    private static let maxFragmentPackets = 512

    let path: String
    /// Called whenever the kernel has been given more.
    var whenFlushed: () -> Void = {}
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let stream: UnsafeMutablePointer<AVStream>
    /// The length of the file when its last fragment was complete.
    private var complete: Int64 = 0
    private var fragments = 0
    private let ticksPerSecond: Int64
    /// Whether the head is written with the first fragment, because only then it is known by how much showing lags behind
    /// decoding.
    private let delaysHead: Bool
    /// Where the open fragment starts, nil if none is open; ticks of decoding.
    private var start: Int64?
    private var packets = 0
    private var bytes = 0
    private var isOpen = true

    /// Opens `path`, which is there already (so that its maker decides on its mode), and writes the head.
    /// - Throws: `VisageError.unwritable`.
    convenience init(path: String, encoder: H264Encoder) throws {
        try self.init(path: path, ticksPerSecond: H264Encoder.ticksPerSecond, delaysHead: false) { stream in
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context)
        }
    }

    /// For packets that came from elsewhere, in the form of MP4.
    /// - Throws: `VisageError.unwritable`.
    convenience init(path: String, _ packets: PacketStream) throws {
        _ = FFmpeg.silenced
        try self.init(path: path, ticksPerSecond: Int64(packets.ticksPerSecond), delaysHead: true) { stream in
            let extra = av_mallocz(packets.configuration.count + Int(AV_INPUT_BUFFER_PADDING_SIZE))
            guard let extra, let parameters = stream.pointee.codecpar else { return visage_averror(ENOMEM) }
            extra.copyMemory(from: packets.configuration, byteCount: packets.configuration.count)
            parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
            parameters.pointee.codec_id = packets.codec == .h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC
            parameters.pointee.width = Int32(clamping: packets.width)
            parameters.pointee.height = Int32(clamping: packets.height)
            parameters.pointee.extradata = extra.assumingMemoryBound(to: UInt8.self)
            parameters.pointee.extradata_size = Int32(clamping: packets.configuration.count)
            return 0
        }
    }

    private init(
        path: String, ticksPerSecond: Int64, delaysHead: Bool,
        describe: (UnsafeMutablePointer<AVStream>) -> Int32
    ) throws {
        self.path = path
        self.ticksPerSecond = ticksPerSecond
        self.delaysHead = delaysHead
        var created: UnsafeMutablePointer<AVFormatContext>?
        avformat_alloc_output_context2(&created, nil, "mp4", path)
        guard let context = created, let stream = avformat_new_stream(context, nil) else {
            avformat_free_context(created)
            throw VisageError(.engine, "There is no memory left to write video.")
        }
        self.context = context
        self.stream = stream
        do {
            try check(describe(stream))
            stream.pointee.time_base = AVRational(num: 1, den: Int32(clamping: ticksPerSecond))
            try check(avio_open(&context.pointee.pb, "file:" + path, AVIO_FLAG_WRITE))
            var options: OpaquePointer?
            defer { av_dict_free(&options) }
            let flags = "frag_custom+empty_moov+default_base_moof" + (delaysHead ? "+delay_moov" : "")
            av_dict_set(&options, "movflags", flags, 0)
            try check(avformat_write_header(context, &options))
            try flushFile()
        } catch {
            abandon()
            throw error
        }
    }

    deinit {
        avio_closep(&context.pointee.pb)
        avformat_free_context(context)
    }

    /// Adds an encoded picture; stamps and duration in ticks, each is decoded when the last one ended.
    /// - Throws: `VisageError.unwritable`.
    func write(_ packet: EncodedPacket) throws {
        if packet.isKey { try completeFragment() }
        let begin = start ?? packet.packet.pointee.dts
        start = begin
        let end = packet.packet.pointee.dts + packet.packet.pointee.duration
        packets += 1
        bytes += Int(packet.packet.pointee.size)
        packet.packet.pointee.stream_index = stream.pointee.index
        av_packet_rescale_ts(
            packet.packet, AVRational(num: 1, den: Int32(clamping: ticksPerSecond)),
            stream.pointee.time_base)
        try check(av_write_frame(context, packet.packet))
        let isFull = packets >= Self.maxFragmentPackets || bytes >= Self.maxFragmentBytes
        if isFull || end - begin >= ticksPerSecond / 4 { try completeFragment() }
    }

    /// Completes the file with its index.
    /// - Throws: `VisageError.unwritable`.
    func close() throws {
        guard isOpen else { return }
        try completeFragment()
        try check(av_write_trailer(context))
        try flushFile()
        isOpen = false
        try check(avio_closep(&context.pointee.pb))
    }

    /// Gives the file up: what is complete of it stays and can be played; if that is nothing, the file is removed.
    func abandon() {
        guard isOpen else { return }
        isOpen = false
        avio_closep(&context.pointee.pb)
        var status = stat()
        // Only a regular file may be removed: the path may be that of a device.
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        if fragments == 0 { unlink(path) } else { truncate(path, off_t(complete)) }
    }

    private func completeFragment() throws {
        guard start != nil else { return }
        (start, packets, bytes) = (nil, 0, 0)
        // The first time it writes the head alone.
        if delaysHead, fragments == 0 { try check(av_write_frame(context, nil)) }
        try check(av_write_frame(context, nil))
        try flushFile()
        fragments += 1
    }

    private func flushFile() throws {
        avio_flush(context.pointee.pb)
        try check(context.pointee.pb?.pointee.error ?? 0)
        complete = avio_seek(context.pointee.pb, 0, SEEK_CUR)
        whenFlushed()
    }

    private func check(_ code: Int32) throws {
        guard code >= 0 else {
            throw VisageError(.unwritable, "Video cannot be written to \(path).", cause: FFmpeg.message(code))
        }
    }
}
