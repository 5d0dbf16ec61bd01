import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// Writes encoded pictures into a fragmented MP4 file: owns an `AVFormatContext` and its file.
///
/// A fragment of a quarter of a second is complete on its own and is handed to the kernel at once, so that a killed
/// process loses no more; each key frame starts one.
final class FragmentedMP4Muxer {
    private static let fragment = H264Encoder.ticksPerSecond / 4

    let path: String
    /// Called whenever the kernel has been given more.
    var whenFlushed: () -> Void = {}
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let stream: UnsafeMutablePointer<AVStream>
    /// The length of the file when its last fragment was complete.
    private var complete: Int64 = 0
    private var fragments = 0
    /// Where the open fragment starts, nil if none is open; 90 kHz.
    private var start: Int64?
    private var isOpen = true

    /// Opens `path`, which is there already (so that its maker decides on its mode), and writes the head.
    /// - Throws: `VisageError.unwritable`.
    init(path: String, encoder: H264Encoder) throws {
        self.path = path
        var created: UnsafeMutablePointer<AVFormatContext>?
        avformat_alloc_output_context2(&created, nil, "mp4", path)
        guard let context = created, let stream = avformat_new_stream(context, nil) else {
            avformat_free_context(created)
            throw VisageError(.engine, "There is no memory left to write video.")
        }
        self.context = context
        self.stream = stream
        do {
            try check(avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context))
            stream.pointee.time_base = encoder.context.pointee.time_base
            try check(avio_open(&context.pointee.pb, "file:" + path, AVIO_FLAG_WRITE))
            var options: OpaquePointer?
            defer { av_dict_free(&options) }
            av_dict_set(&options, "movflags", "frag_custom+empty_moov+default_base_moof", 0)
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

    /// Adds an encoded picture; stamp and duration in ticks of the encoder, each starts where the last one ended.
    /// - Throws: `VisageError.unwritable`.
    func write(_ packet: EncodedPacket) throws {
        if packet.isKey { try completeFragment() }
        let begin = start ?? packet.packet.pointee.pts
        start = begin
        let end = packet.packet.pointee.pts + packet.packet.pointee.duration
        packet.packet.pointee.stream_index = stream.pointee.index
        av_packet_rescale_ts(
            packet.packet, AVRational(num: 1, den: Int32(H264Encoder.ticksPerSecond)),
            stream.pointee.time_base)
        try check(av_write_frame(context, packet.packet))
        if end - begin >= FragmentedMP4Muxer.fragment { try completeFragment() }
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
        start = nil
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
