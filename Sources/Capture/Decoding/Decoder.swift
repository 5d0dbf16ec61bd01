// Capture delivers the frames of webcams, network cameras and video files. `LiveSource` supervises cameras, `FileSource`
// plays files; both are what the pipeline knows as a `FrameSource`.

import CFFmpeg
import Imaging
import VisageCore

/// Turns packets into pictures: owns an `AVCodecContext`.
final class Decoder {
    enum Result {
        case picture(Picture)
        /// Needs the next packet.
        case needsPacket
        /// Something in the stream could not be decoded; there may be more after it.
        case damage(Int32)
        /// All pictures are out.
        case end
    }

    private let context: UnsafeMutablePointer<AVCodecContext>
    /// Kept for the next picture, so that a call that returns none allocates nothing.
    private var spare: Picture?
    /// Where pictures are written to; nil for memory of FFmpeg's.
    private let slots: SlotBuffers?

    /// - Parameters:
    ///   - threads: for decoding, at least 1
    ///   - isStrict: report damaged pictures rather than conceal the damage, where the codec can tell: a JPEG that is cut
    ///     short is then damage, and not a picture that is gray from there on
    ///   - slots: where pictures are written to
    /// - Throws: `VisageError.source` if this stream cannot be decoded; `name` is what the message calls it.
    init(
        _ stream: UnsafeMutablePointer<AVStream>, codec: UnsafePointer<AVCodec>, threads: Int, isStrict: Bool = false,
        slots: PictureSlots? = nil, name: String
    ) throws {
        guard let context = avcodec_alloc_context3(codec) else {
            throw VisageError(.engine, "There is no memory left to decode video.")
        }
        self.context = context
        self.slots = slots.map(SlotBuffers.init)
        self.slots?.use(in: context)
        context.pointee.pkt_timebase = stream.pointee.time_base
        var code = avcodec_parameters_to_context(context, stream.pointee.codecpar)
        if code >= 0 {
            // After the parameters, which do not know of it.
            context.pointee.thread_count = Int32(clamping: max(1, threads))
            if isStrict { context.pointee.err_recognition |= AV_EF_EXPLODE }
            code = avcodec_open2(context, codec, nil)
        }
        guard code >= 0 else {
            throw VisageError(
                .source, "\(name): its pictures cannot be decoded.", cause: FFmpeg.message(code))
        }
    }

    /// For packets that each hold one whole picture, in the order in which they are shown.
    /// - Parameters:
    ///   - isStrict, slots: as above
    /// - Throws: `VisageError.engine` if there is no such decoder; `name` is what the message calls it.
    init(_ id: AVCodecID, isStrict: Bool, slots: PictureSlots? = nil, name: String) throws {
        _ = FFmpeg.silenced
        guard let codec = avcodec_find_decoder(id), let context = avcodec_alloc_context3(codec) else {
            throw VisageError(.engine, "\(name): there is no decoder for its pictures here.")
        }
        self.context = context
        self.slots = slots.map(SlotBuffers.init)
        self.slots?.use(in: context)
        // More threads would hold pictures back.
        context.pointee.thread_count = 1
        context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
        if isStrict { context.pointee.err_recognition |= AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER }
        let code = avcodec_open2(context, codec, nil)
        guard code >= 0 else {
            throw VisageError(.engine, "\(name): its pictures cannot be decoded.", cause: FFmpeg.message(code))
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// Refuses pictures of more than so many pixels, before any memory is taken for them; sending their packets fails.
    func limit(pixels: Int) { context.pointee.max_pixels = Int64(pixels) }

    /// Takes a packet, or nil at the end of the stream. Only after `receive` has returned `.needsPacket`.
    /// - Returns: whether the packet could be decoded.
    /// - Parameter number: of the packet, which its picture then has
    func send(_ packet: Packet?, number: Int = 0) -> Bool {
        context.pointee.reordered_opaque = Int64(number)
        return avcodec_send_packet(context, packet?.packet) >= 0
    }

    /// The number of the packet that a picture was decoded from.
    static func number(of picture: Picture) -> Int { Int(picture.frame.pointee.reordered_opaque) }

    /// Of its pictures, in pixels; 0 x 0 before the stream has said so.
    var size: (width: Int, height: Int) { (Int(context.pointee.width), Int(context.pointee.height)) }

    /// Pictures that it holds back to bring them into order.
    var delay: Int { Int(context.pointee.has_b_frames) }
    /// What FFmpeg's log knows it by.
    var identity: UnsafeRawPointer { UnsafeRawPointer(context) }

    func receive() -> Result {
        guard let picture = spare ?? Picture() else { return .damage(visage_averror(ENOMEM)) }
        spare = picture
        let code = avcodec_receive_frame(context, picture.frame)
        switch code {
        case 0:
            spare = nil
            return .picture(picture)
        case visage_averror(EAGAIN): return .needsPacket
        case visage_averror_eof(): return .end
        default: return .damage(code)
        }
    }
}
