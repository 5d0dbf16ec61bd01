import CFFmpeg
import Imaging
import VisageCore

/// Encodes pictures of one size in H.264: owns libx264's `AVCodecContext`.
///
/// Tuned for no delay, each picture comes out as it goes in: that is what a killed process does not lose, and it is
/// the fastest setting too. Measured on 720p film, superfast, one thread: 5.4 ms a picture; with x264's three
/// B-frames and its lookahead 7.2 ms, for files a fifth smaller.
final class H264Encoder {
    /// Of all stamps.
    static let ticksPerSecond: Int64 = 90_000

    /// What is encoded: even, as H.264 in 4:2:0 must be. The last column or row of an odd picture is left out.
    let width: Int
    let height: Int
    let context: UnsafeMutablePointer<AVCodecContext>
    private let frame: UnsafeMutablePointer<AVFrame>

    /// - Throws: `VisageError`: `.configuration` for a preset that does not exist, `.engine` if the library refuses.
    init(width: Int, height: Int, matrix: PixelBuffer.Matrix, settings: EncoderSettings) throws {
        _ = FFmpeg.silenced
        guard EncoderSettings.presets.contains(settings.preset) else {
            throw VisageError(
                .configuration,
                "There is no encoder preset \(settings.preset): choose one of "
                    + EncoderSettings.presets.joined(separator: ", ") + ".")
        }
        self.width = width & ~1
        self.height = height & ~1
        guard let codec = avcodec_find_encoder_by_name("libx264"), let context = avcodec_alloc_context3(codec)
        else {
            throw VisageError(.engine, "FFmpeg's libavcodec has no libx264 here: install libx264.")
        }
        guard let frame = av_frame_alloc() else {
            var context: UnsafeMutablePointer<AVCodecContext>? = context
            avcodec_free_context(&context)
            throw VisageError(.engine, "There is no memory left to encode video.")
        }
        self.context = context
        self.frame = frame
        configure(matrix, settings)

        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        for (name, value) in [
            ("preset", settings.preset), ("tune", "zerolatency"), ("crf", String(settings.crf)),
            ("forced-idr", "1"),
        ] { av_dict_set(&options, name, value, 0) }
        let code = avcodec_open2(context, codec, &options)
        guard code >= 0 else {
            throw VisageError(
                .engine,
                "Video of \(width) x \(height) cannot be encoded with preset \(settings.preset), crf \(settings.crf).",
                cause: FFmpeg.message(code))
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
    }

    /// Encodes a picture, or with nil asks for the rest. `receive` until it says false before the next one.
    /// - Throws: `VisageError.engine`.
    func send(_ image: PixelBuffer?, ticks: Int64, isKey: Bool) throws {
        guard let image else { return try check(avcodec_send_frame(context, nil)) }
        defer { av_frame_unref(frame) }
        try fill(image)
        frame.pointee.pts = ticks
        frame.pointee.pict_type = isKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
        try check(avcodec_send_frame(context, frame))
    }

    /// - Returns: whether there was another packet.
    /// - Throws: `VisageError.engine`.
    func receive(into packet: EncodedPacket) throws -> Bool {
        let code = avcodec_receive_packet(context, packet.packet)
        if code == visage_averror(EAGAIN) || code == visage_averror_eof() { return false }
        try check(code)
        return true
    }

    private func configure(_ matrix: PixelBuffer.Matrix, _ settings: EncoderSettings) {
        context.pointee.width = Int32(clamping: width)
        context.pointee.height = Int32(clamping: height)
        context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        context.pointee.time_base = AVRational(num: 1, den: Int32(H264Encoder.ticksPerSecond))
        // For the rate control only, which would else take a picture to last one tick. Times are those of the stamps.
        context.pointee.framerate = AVRational(num: 30, den: 1)
        context.pointee.thread_count = Int32(clamping: max(1, settings.threads))
        // Key frames are ordered by time, not by count.
        context.pointee.gop_size = 1 << 20
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        context.pointee.color_range = AVCOL_RANGE_MPEG
        context.pointee.chroma_sample_location = AVCHROMA_LOC_LEFT
        let isHD = matrix == .bt709
        context.pointee.colorspace = isHD ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
        context.pointee.color_primaries = isHD ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M
        context.pointee.color_trc = isHD ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M
    }

    /// Points `frame` at the picture's planes, nothing copied, and keeps the picture until the library lets go of it.
    private func fill(_ image: PixelBuffer) throws {
        let kept = Unmanaged.passRetained(image)
        let size = image.luma.stride * image.luma.height
        let reference = av_buffer_create(
            image.luma.base, size,
            { keeper, _ in if let keeper { Unmanaged<PixelBuffer>.fromOpaque(keeper).release() } },
            kept.toOpaque(), AV_BUFFER_FLAG_READONLY)
        guard let reference else {
            kept.release()
            throw VisageError(.engine, "There is no memory left to encode video.")
        }
        frame.pointee.buf.0 = reference
        frame.pointee.data.0 = image.luma.base
        frame.pointee.data.1 = image.cb.base
        frame.pointee.data.2 = image.cr.base
        frame.pointee.linesize.0 = Int32(clamping: image.luma.stride)
        frame.pointee.linesize.1 = Int32(clamping: image.cb.stride)
        frame.pointee.linesize.2 = Int32(clamping: image.cr.stride)
        frame.pointee.width = context.pointee.width
        frame.pointee.height = context.pointee.height
        frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        frame.pointee.color_range = context.pointee.color_range
        frame.pointee.colorspace = context.pointee.colorspace
    }

    private func check(_ code: Int32) throws {
        guard code >= 0 else {
            throw VisageError(.engine, "The video encoder failed.", cause: FFmpeg.message(code))
        }
    }
}
