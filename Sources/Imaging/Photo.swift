import CFFmpeg
import Foundation
import VisageCore

/// Decodes and encodes picture files, such as enrollment photos and annotated copies, with FFmpeg's libraries.
public enum Photo {
    /// Larger pictures are refused: 200 megapixels, which is more than any camera makes.
    private static let maximumPixels: Int64 = 200_000_000
    /// What FFmpeg finds a file to be, and what decodes it: formats in which the file is one picture.
    private static let decoders: [String: AVCodecID] = [
        "jpeg_pipe": AV_CODEC_ID_MJPEG, "png_pipe": AV_CODEC_ID_PNG, "webp_pipe": AV_CODEC_ID_WEBP,
        "bmp_pipe": AV_CODEC_ID_BMP, "tiff_pipe": AV_CODEC_ID_TIFF, "j2k_pipe": AV_CODEC_ID_JPEG2000,
        "ppm_pipe": AV_CODEC_ID_PPM, "pgm_pipe": AV_CODEC_ID_PGM, "sunrast_pipe": AV_CODEC_ID_SUNRAST,
    ]

    /// Decodes a picture upright (by its EXIF orientation) into planar YUV.
    /// - Throws: `VisageError` (unreadable) naming what is wrong with it.
    public static func decode(_ data: Data) throws -> PixelBuffer {
        _ = FFmpeg.silenced
        guard !data.isEmpty else { throw unreadable("the file is empty") }
        // Large enough for any photo, and FFmpeg counts in Int32.
        guard data.count < 1 << 30, let packet = Packet(data) else { throw unreadable("the file is too large") }
        guard let codec = packet.format.flatMap({ decoders[$0] }).flatMap(avcodec_find_decoder) else {
            throw unreadable("not a picture in a known format")
        }
        var context = avcodec_alloc_context3(codec)
        defer { avcodec_free_context(&context) }
        guard let context, let picture = Picture() else { throw unreadable("no memory left") }
        context.pointee.max_pixels = maximumPixels
        context.pointee.thread_count = 1
        guard avcodec_open2(context, codec, nil) >= 0 else { throw unreadable("no decoder for this format") }
        var code = avcodec_send_packet(context, packet.pointer)
        // Signals the end of the file, so that the decoder returns the pictures that it has buffered.
        if code >= 0 { code = avcodec_send_packet(context, nil) }
        if code >= 0 { code = avcodec_receive_frame(context, picture.frame) }
        guard code >= 0, picture.width > 0, picture.height > 0 else {
            throw unreadable("damaged: \(FFmpeg.message(code))")
        }
        var converter = PictureConverter()
        do {
            return try converter.buffer(picture, orientation: picture.orientation ?? .upright)
        } catch {
            throw unreadable("\(error)")
        }
    }

    private static func unreadable(_ cause: String) -> VisageError {
        VisageError(.unreadable, "cannot be read as a picture", cause: cause)
    }

    /// The file format of an encoded picture.
    public enum Format: Sendable {
        case jpeg
        case png
    }

    /// Encodes a picture.
    /// - Parameters:
    ///   - quality: 0...100, of JPEG.
    ///   - size: in pixels; nil keeps the picture's.
    /// - Throws: `VisageError` (engine).
    public static func encode(
        _ picture: PixelBuffer, as format: Format, quality: Int = 85, size: (width: Int, height: Int)? = nil,
        scaler: Scaler
    ) throws -> [UInt8] {
        let (width, height) = size ?? (picture.width, picture.height)
        _ = FFmpeg.silenced
        let failure = VisageError(.engine, "A picture of \(picture.width)x\(picture.height) cannot be encoded")
        let codec = avcodec_find_encoder(format == .jpeg ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_PNG)
        var context = avcodec_alloc_context3(codec)
        defer { avcodec_free_context(&context) }
        guard let context, let target = Picture(), let packet = Packet() else { throw failure }
        let pixels = format == .jpeg ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_RGB24
        context.pointee.width = Int32(width)
        context.pointee.height = Int32(height)
        context.pointee.pix_fmt = pixels
        context.pointee.time_base = AVRational(num: 1, den: 1)
        context.pointee.thread_count = 1
        if format == .jpeg {
            // The encoder's own scale is 2 (best) to 31.
            context.pointee.flags |= AV_CODEC_FLAG_QSCALE
            context.pointee.global_quality = Int32(2 + (100 - min(100, max(0, quality))) * 29 / 100) * FF_QP2LAMBDA
        }
        let frame = target.frame
        frame.pointee.format = pixels.rawValue
        frame.pointee.width = Int32(width)
        frame.pointee.height = Int32(height)
        frame.pointee.quality = context.pointee.global_quality
        guard avcodec_open2(context, codec, nil) >= 0, av_frame_get_buffer(frame, 0) >= 0 else { throw failure }
        let (data, strides) = (frame.pointee.data, frame.pointee.linesize)
        if format == .jpeg {
            try scaler.stretch(
                picture, width: width, height: height, out: [data.0, data.1, data.2],
                strides: [Int(strides.0), Int(strides.1), Int(strides.2)])
        } else if let base = data.0 {
            try scaler.convert(
                picture, to: .rgb, width: width, height: height, out: base, stride: Int(strides.0))
        }
        guard avcodec_send_frame(context, frame) >= 0, avcodec_send_frame(context, nil) >= 0,
            avcodec_receive_packet(context, packet.pointer) >= 0
        else { throw failure }
        return packet.bytes
    }

    /// Owns an `AVPacket` with a whole file in it.
    private final class Packet {
        let pointer: UnsafeMutablePointer<AVPacket>

        /// An empty one; nil when memory is short.
        init?() {
            guard let pointer = av_packet_alloc() else { return nil }
            self.pointer = pointer
        }

        /// Copies `data`, with the padding that FFmpeg's parsers read into; nil when memory is short.
        init?(_ data: Data) {
            guard let pointer = av_packet_alloc() else { return nil }
            self.pointer = pointer
            guard av_new_packet(pointer, Int32(data.count)) >= 0, let target = pointer.pointee.data else { return nil }
            data.copyBytes(to: target, count: data.count)
        }

        deinit {
            var pointer: UnsafeMutablePointer<AVPacket>? = pointer
            av_packet_free(&pointer)
        }

        var bytes: [UInt8] {
            Array(UnsafeBufferPointer(start: pointer.pointee.data, count: Int(pointer.pointee.size)))
        }

        /// FFmpeg's name for the format of the content.
        var format: String? {
            var probe = AVProbeData()
            probe.buf = pointer.pointee.data
            probe.buf_size = pointer.pointee.size
            return "".withCString { name in
                probe.filename = name
                return av_probe_input_format(&probe, 1)?.pointee.name.map { String(cString: $0) }
            }
        }
    }
}
