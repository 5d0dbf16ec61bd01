import CFFmpeg
import Foundation
import Storage
import VisageCore

/// Decodes and encodes picture files, such as enrollment photos and annotated copies, with FFmpeg's libraries.
public enum Photo {
    /// Larger files are refused: 48 MiB.
    package static let maxFileBytes = 48 << 20

    /// The content of a photo's file.
    /// - Throws: `VisageError` (unreadable, notFound) for a file that is too large, or is none.
    public static func read(_ file: URL) throws -> Data { try BoundedFile.read(file, limit: maxFileBytes) }

    /// Whether the file is a picture of a known format, damaged or not.
    public static func isPicture(_ data: Data) -> Bool { PhotoContent.isPicture(data) }

    /// Decodes a picture upright (by its EXIF orientation) into planar YUV.
    /// - Throws: `VisageError` (unreadable) naming what is wrong with it.
    public static func decode(_ data: Data) throws -> PixelBuffer { try decode(PhotoContent(data)) }

    /// - Throws: `VisageError` (unreadable).
    package static func decode(_ content: PhotoContent) throws -> PixelBuffer {
        guard let codec = avcodec_find_decoder(content.codec) else {
            throw unreadable("no decoder for this format")
        }
        var context = avcodec_alloc_context3(codec)
        defer { avcodec_free_context(&context) }
        guard let context, let picture = Picture(), let packet = content.packet() else {
            throw unreadable("no memory left")
        }
        // Also where the header said something else.
        context.pointee.max_pixels = Int64(PhotoContent.maxMegapixels) * 1_000_000
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
            return try converter.buffer(picture, orientation: content.header.orientation)
        } catch {
            throw unreadable("\(error)")
        }
    }

    static func unreadable(_ cause: String) -> VisageError {
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
        guard let context, let target = Picture(), let packet = PhotoPacket() else { throw failure }
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
}
