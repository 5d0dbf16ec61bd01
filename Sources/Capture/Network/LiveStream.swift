import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// A connection over which video comes as it is taken: owns an `AVFormatContext`. No call outlasts the session's
/// deadline by more than the 100 ms between FFmpeg's looks at the interrupt callback.
final class LiveStream {
    private let stream: UnsafeMutablePointer<AVStream>
    private let codec: UnsafePointer<AVCodec>
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let interrupt: Interrupt

    /// Tells FFmpeg's waiting loops when to give up.
    private final class Interrupt {
        private let session: LiveSession
        /// Set when closing: the end of the session is announced to the camera even if it was canceled, up to then.
        var closeDeadline: MonotonicTime?
        /// It has told FFmpeg to give up.
        private(set) var hasGivenUp = false

        init(_ session: LiveSession) { self.session = session }

        var isDue: Bool {
            if let closeDeadline { return .now > closeDeadline }
            if session.isCancelled || .now > session.deadline { hasGivenUp = true }
            return hasGivenUp
        }
    }

    /// Connects and asks for video.
    /// - Parameters:
    ///   - url: may hold credentials; goes to FFmpeg alone
    ///   - format: FFmpeg's name of the container format; nil if it follows from the URL
    ///   - options: FFmpeg's, of protocol and format
    /// - Throws: `VisageError` with a reason without credentials; a wrong password or path needs a person.
    init(_ url: String, format: String? = nil, options: [String: String], session: LiveSession) throws {
        _ = FFmpeg.silenced
        let interrupt = Interrupt(session)
        guard let fresh = avformat_alloc_context() else {
            throw VisageError(.engine, "There is no memory left to connect to a camera.")
        }
        // The interrupt lives as long as the context that points to it.
        fresh.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { $0.map { Unmanaged<Interrupt>.fromOpaque($0).takeUnretainedValue().isDue } == true ? 1 : 0 },
            opaque: Unmanaged.passUnretained(interrupt).toOpaque())
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        let input = format.flatMap { av_find_input_format($0) }
        var opened: UnsafeMutablePointer<AVFormatContext>? = fresh
        // Frees the context when it fails.
        let code = withExtendedLifetime(interrupt) { avformat_open_input(&opened, url, input, &dictionary) }
        guard code >= 0, let context = opened else { throw Self.failure(code, session) }
        var codec: UnsafePointer<AVCodec>?
        let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0)
        guard index >= 0, let codec, let stream = context.pointee.streams[Int(index)] else {
            interrupt.closeDeadline = .now + Self.closeTimeout
            avformat_close_input(&opened)
            throw VisageError(
                .source,
                index == visage_averror_no_decoder()
                    ? "there is no decoder here for what the camera sends; set it to H.264, H.265 or MJPEG"
                    : "the camera offers no video at this address", retry: .needsPerson)
        }
        guard Self.codecs.contains(codec.pointee.id) else {
            interrupt.closeDeadline = .now + Self.closeTimeout
            let name = String(cString: codec.pointee.name)
            avformat_close_input(&opened)
            throw VisageError(
                .source, "the camera sends \(name), which is not accepted; set it to H.264, H.265 or MJPEG",
                retry: .needsPerson)
        }
        (self.context, self.stream, self.codec, self.interrupt) = (context, stream, codec, interrupt)
    }

    deinit {
        interrupt.closeDeadline = .now + Self.closeTimeout
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// Decoders that cameras need. FFmpeg has hundreds more, which nobody has looked at for years.
    private static let codecs = [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG]
    private static let closeTimeout = Duration.milliseconds(500)

    var codecName: String {
        switch codec.pointee.id {
        case AV_CODEC_ID_H264: "H.264"
        case AV_CODEC_ID_HEVC: "H.265"
        case AV_CODEC_ID_MJPEG: "MJPEG"
        default: String(cString: codec.pointee.name)
        }
    }

    /// Between frames, if the camera says so.
    var interval: Duration? {
        let rate = av_q2d(stream.pointee.avg_frame_rate)
        return rate.isFinite && rate > 0 && rate <= 1000 ? .seconds(1 / rate) : nil
    }

    /// By the camera's clock; nil if there is no stamp.
    private func stamp(_ picture: Picture) -> Duration? {
        let time = picture.frame.pointee.best_effort_timestamp
        guard time != visage_nopts() else { return nil }
        let scaled = av_rescale_q(time, stream.pointee.time_base, AVRational(num: 1, den: 1_000_000_000))
        return scaled == .min ? nil : .nanoseconds(scaled)
    }

    /// Fills `packet` with the next piece of video.
    /// - Throws: `VisageError` when the stream has ended or nothing comes.
    private func read(into packet: Packet, _ session: LiveSession) throws {
        while true {
            packet.clear()
            let code = av_read_frame(context, packet.packet)
            // Having given up, FFmpeg first hands out the frame that it was still putting together, as if it had come
            // just now.
            if interrupt.hasGivenUp { throw session.timeoutError }
            guard code >= 0 else { throw Self.failure(code, session) }
            if packet.packet.pointee.stream_index == stream.pointee.index { return }
        }
    }

    /// Decodes what comes and delivers the undamaged pictures, until the session is canceled.
    /// - Throws: `VisageError` when the stream has ended, cannot be decoded, or nothing comes.
    func play(to session: LiveSession, name: String) throws {
        // One thread: more would decode ahead, and show each picture later.
        let decoder = try Decoder(
            stream, codec: codec, threads: 1, isStrict: codec.pointee.id == AV_CODEC_ID_MJPEG, slots: session.slots,
            name: name)
        decoder.limit(pixels: CaptureLimits.maxPixels)
        let losses = StreamLossListener(of: [UnsafeRawPointer(context), decoder.identity])
        let packet = try Packet()
        var converter = PictureConverter(make: session.slots?.make)
        var rate = DataRate()
        let tooLarge = StreamLossListener.tooLargePictures
        var gate = KeyFrameGate()
        var copier = session.relaysPackets ? PacketCopier(stream, of: session, codecName: codecName) : nil
        while !session.isCancelled {
            try read(into: packet, session)
            let arrived = MonotonicTime.now
            session.hasData()
            try rate.add(Int(packet.packet.pointee.size), at: arrived)
            let isSuspect = losses.take() > 0 || packet.packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
            gate.packet(isSuspect: isSuspect, delay: decoder.delay)
            let isSent = decoder.send(packet, number: copier?.number ?? 0)
            // After decoding, which finds out the size; before the picture.
            copier?.take(packet, decoder, at: arrived)
            if !isSent {
                if StreamLossListener.tooLargePictures != tooLarge { throw CaptureLimits.tooLarge }
                gate.damage()
                session.damaged()
            }
            pictures: while true {
                switch decoder.receive() {
                case .picture(let picture):
                    let isDamaged = picture.isDamaged || losses.take() > 0 || picture.width < 1 || picture.height < 1
                    guard gate.passes(isKey: picture.frame.pointee.key_frame != 0, isDamaged: isDamaged) else {
                        session.damaged()
                        continue
                    }
                    let image = try converter.buffer(picture, orientation: picture.orientation ?? .upright)
                    let number = copier.map { _ in PacketID(session: 0, number: Decoder.number(of: picture)) }
                    session.deliver(
                        LivePicture(image: image, stamp: stamp(picture), arrived: arrived, packet: number))
                case .damage:
                    if StreamLossListener.tooLargePictures != tooLarge { throw CaptureLimits.tooLarge }
                    gate.damage()
                    session.damaged()
                    break pictures
                case .needsPacket, .end: break pictures
                }
            }
        }
    }

    /// - Parameter systemError: such as `ECONNREFUSED`
    static func failure(systemError: Int32, _ session: LiveSession) -> VisageError {
        systemError == EINPROGRESS || systemError == EAGAIN
            ? session.timeoutError : failure(visage_averror(systemError), session)
    }

    private static func failure(_ code: Int32, _ session: LiveSession) -> VisageError {
        switch code {
        case visage_averror_unauthorized():
            VisageError(.source, "the camera refuses the user name or the password", retry: .needsPerson)
        case visage_averror_forbidden():
            VisageError(.source, "the camera forbids this user to see it", retry: .needsPerson)
        case visage_averror_not_found():
            VisageError(.source, "the camera does not know the path in the address", retry: .needsPerson)
        case visage_averror_refused():
            VisageError(
                .source, "the camera refuses the request; another `transport` may help", retry: .needsPerson)
        case visage_averror_server():
            VisageError(.source, "the camera reports a fault of its own")
        case visage_averror_eof():
            VisageError(.source, "the camera has ended the stream")
        case visage_averror(ENOMEM):
            VisageError(
                .source,
                "what the camera answers needs more memory than the \(CaptureLimits.memory >> 20) MB that it may take",
                retry: .needsPerson)
        case visage_averror_exit(), visage_averror(ETIMEDOUT):
            session.timeoutError
        case visage_averror(ECONNREFUSED):
            VisageError(.source, "the camera refuses the connection: nothing listens at this port")
        case visage_averror(EHOSTUNREACH), visage_averror(ENETUNREACH):
            VisageError(.source, "there is no way to the camera: its network is not reachable")
        case visage_averror(ECONNRESET), visage_averror(EPIPE):
            VisageError(.source, "the camera has cut the connection")
        case visage_averror_invaliddata():
            VisageError(.source, "what answers at this address makes no sense; it may be no RTSP camera")
        default:
            VisageError(.source, "the connection has failed", cause: FFmpeg.message(code))
        }
    }
}
