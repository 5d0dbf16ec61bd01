import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// An open video file: owns an `AVFormatContext`. Reads this one local file and nothing else, whatever its contents
/// may ask for.
final class VideoFile {
    enum Result {
        case packet
        /// nil for a clean end, else what went wrong.
        case end(Int32?)
    }

    /// These read text as pictures, or other files that the named one lists: not what is meant by a video file.
    private static let refused: Set = ["tty", "bin", "xbin", "adf", "idf", "concat", "hls", "dash", "imf"]

    let stream: UnsafeMutablePointer<AVStream>
    let codec: UnsafePointer<AVCodec>
    private let context: UnsafeMutablePointer<AVFormatContext>
    /// What is read instead of the whole file; it has to outlive the context.
    private let parts: FileParts?

    /// - Parameter parts: what is read of the file; nil for all of it.
    /// - Throws: `VisageError` `.notFound`, `.unreadable` (no file, not a video) or `.source` (no picture).
    init(path: String, parts: FileParts? = nil) throws {
        _ = FFmpeg.silenced
        self.parts = parts
        try VideoFile.check(path)
        let context = try VideoFile.open(path, parts)
        do {
            guard avformat_find_stream_info(context, nil) >= 0 else { throw VideoFile.notVideo(path, nil) }
            (stream, codec) = try VideoFile.pictures(of: context, path)
        } catch {
            VideoFile.close(context)
            throw error
        }
        self.context = context
        // So that the demuxer does not read other streams at all.
        for index in 0..<Int(context.pointee.nb_streams) where index != Int(stream.pointee.index) {
            context.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
        }
    }

    deinit { VideoFile.close(context) }

    /// Whether the stamps of this container may jump.
    var mayJump: Bool { context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0 }

    /// How the pictures must be turned, as the container says.
    var orientation: Orientation {
        var size = 0
        let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size)
        return Orientation(sideData: data, size: size) ?? .upright
    }

    /// The average, nil if unknown.
    var fps: Double? {
        [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate].lazy.map(av_q2d)
            .first { $0.isFinite && $0 > 0 && $0 <= 1000 }
    }

    var info: VideoInfo {
        let parameters = stream.pointee.codecpar.pointee
        let (width, height) = (Int(parameters.width), Int(parameters.height))
        var nanoseconds = nanoseconds(stream.pointee.duration)
        if nanoseconds == nil, context.pointee.duration > 0 {
            nanoseconds = av_rescale(context.pointee.duration, 1000, 1)
        }
        let duration = nanoseconds.flatMap { $0 > 0 ? Duration.nanoseconds($0) : nil }
        var frames = Int(stream.pointee.nb_frames)
        if frames <= 0, let fps, let duration { frames = Int((fps * duration.inSeconds).rounded()) }
        return VideoInfo(
            width: orientation.isSideways ? height : width, height: orientation.isSideways ? width : height,
            fps: fps, duration: duration, frames: frames > 0 ? frames : nil)
    }

    /// Where the last picture ends by what the head says, in nanoseconds of the file's stamps; nil if it does not say,
    /// or only of sound and picture together.
    var declaredEnd: Int64? {
        guard let start = nanoseconds(stream.pointee.start_time) else { return nil }
        if let duration = nanoseconds(stream.pointee.duration) { return start &+ duration }
        guard context.pointee.nb_streams == 1, context.pointee.duration > 0 else { return nil }
        return start &+ av_rescale(context.pointee.duration, 1000, 1)
    }

    /// A time of the stream in nanoseconds; nil if it is none.
    func nanoseconds(_ time: Int64) -> Int64? {
        guard time != visage_nopts() else { return nil }
        let scaled = av_rescale_q(time, stream.pointee.time_base, AVRational(num: 1, den: 1_000_000_000))
        // What it gives for a time that does not fit.
        return scaled == .min ? nil : scaled
    }

    /// Fills `packet` with the next piece of video.
    func read(into packet: Packet) -> Result {
        while true {
            packet.clear()
            let code = av_read_frame(context, packet.packet)
            guard code >= 0 else {
                // Some demuxers call a failing disk an end.
                let failed = context.pointee.pb?.pointee.error ?? 0
                if code == visage_averror_eof() { return .end(failed < 0 && failed != code ? failed : nil) }
                return .end(code)
            }
            if packet.packet.pointee.stream_index == stream.pointee.index { return .packet }
        }
    }
}

extension VideoFile {
    private static func check(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            if errno == ENOENT || errno == ENOTDIR {
                throw VisageError(.notFound, "There is no file \(path).")
            }
            throw VisageError(.unreadable, "\(path) cannot be read.", cause: reason)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw VisageError(.unreadable, "\(path) is a folder: name the video file in it.")
        default: throw VisageError(.unreadable, "\(path) is not a file.")
        }
        guard status.st_size > 0 else { throw VisageError(.unreadable, "\(path) is empty.") }
    }

    private static func open(_ path: String, _ parts: FileParts?) throws -> UnsafeMutablePointer<AVFormatContext> {
        var context: UnsafeMutablePointer<AVFormatContext>?
        if let parts {
            context = avformat_alloc_context()
            context?.pointee.pb = parts.io
        }
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        defer { av_dict_free(&options) }
        let code = avformat_open_input(&context, "file:" + path, nil, &options)
        if code == visage_averror(EACCES) {
            throw VisageError(.unreadable, "\(path) cannot be read: its permissions forbid it.")
        }
        guard code >= 0, let context else { throw notVideo(path, FFmpeg.message(code)) }
        if let format = context.pointee.iformat?.pointee.name, refused.contains(String(cString: format)) {
            close(context)
            throw notVideo(path, nil)
        }
        return context
    }

    private static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    private static func pictures(of context: UnsafeMutablePointer<AVFormatContext>, _ path: String) throws
        -> (UnsafeMutablePointer<AVStream>, UnsafePointer<AVCodec>)
    {
        var codec: UnsafePointer<AVCodec>?
        let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0)
        guard index >= 0, let codec, let stream = context.pointee.streams[Int(index)],
            // A record's cover is no video.
            stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        else {
            if context.pointee.nb_streams == 0 { throw notVideo(path, nil) }
            if index < 0, av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0) >= 0 {
                throw VisageError(
                    .source, "\(path): there is no decoder for its pictures here; convert it to H.264.")
            }
            throw VisageError(.source, "\(path) has no picture: it is not a video but sound or text.")
        }
        return (stream, codec)
    }

    private static func notVideo(_ path: String, _ cause: String?) -> VisageError {
        VisageError(
            .unreadable, "\(path) is not a video, or is cut short before its first picture.", cause: cause)
    }
}
