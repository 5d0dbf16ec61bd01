import CFFmpeg
import Capture
import Foundation
import Imaging
import Publishing
import VisageCore

/// The compressed video that all cameras of `LiveBench` send: 1280x720 in H.264 at 15 frames a second, with a key frame
/// a second, and each picture decodable without later ones, as cameras send it. Kept in memory.
///
/// Safe to share: nothing changes after `init`.
package final class FeedClip: @unchecked Sendable {
    /// Frames a second.
    package static let fps = 15
    /// Of the pictures, in pixels.
    package static let height = 720
    /// What is encoded of a longer clip.
    private static let maxFrames = 60 * fps

    struct Picture {
        let bytes: [UInt8]
        let isKey: Bool
    }

    let parameters: UnsafeMutablePointer<AVCodecParameters>
    let pictures: [Picture]

    /// Reads a file that `prepare` has made.
    /// - Throws: `VisageError`: `.source` if it is not as cameras send it.
    package init(path: String) throws {
        _ = FFmpeg.silenced
        var opened: UnsafeMutablePointer<AVFormatContext>?
        guard avformat_open_input(&opened, "file:" + path, nil, nil) >= 0, let context = opened else {
            throw VisageError(.unreadable, "\(path) is no video file")
        }
        defer { avformat_close_input(&opened) }
        guard avformat_find_stream_info(context, nil) >= 0,
            case let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0), index >= 0,
            let stream = context.pointee.streams[Int(index)], let parameters = avcodec_parameters_alloc()
        else { throw VisageError(.source, "\(path) has no video") }
        self.parameters = parameters
        avcodec_parameters_copy(parameters, stream.pointee.codecpar)
        var (pictures, isInOrder, sinceKey) = ([Picture](), true, 0)
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        while let packet, pictures.count < Self.maxFrames, av_read_frame(context, packet) >= 0 {
            defer { av_packet_unref(packet) }
            guard packet.pointee.stream_index == index, let data = packet.pointee.data else { continue }
            let isKey = packet.pointee.flags & AV_PKT_FLAG_KEY != 0
            sinceKey = isKey ? 0 : sinceKey + 1
            // Cameras send pictures in the order in which they are shown.
            isInOrder = isInOrder && sinceKey < 2 * Self.fps && packet.pointee.pts == packet.pointee.dts
            pictures.append(
                Picture(bytes: Array(UnsafeBufferPointer(start: data, count: Int(packet.pointee.size))), isKey: isKey))
        }
        let rate = av_q2d(stream.pointee.avg_frame_rate)
        guard isInOrder, parameters.pointee.codec_id == AV_CODEC_ID_H264, pictures.first?.isKey == true,
            Int(parameters.pointee.height) == Self.height, abs(rate - Double(Self.fps)) < 0.5
        else {
            var unused: UnsafeMutablePointer<AVCodecParameters>? = parameters
            avcodec_parameters_free(&unused)
            throw VisageError(.source, "\(path) is not as cameras send it")
        }
        self.pictures = pictures
    }

    deinit {
        var parameters: UnsafeMutablePointer<AVCodecParameters>? = parameters
        avcodec_parameters_free(&parameters)
    }

    /// Pictures.
    package var count: Int { pictures.count }

    /// Where a camera begins: at a key frame, each of them at another place in the clip.
    func start(of camera: Int, of count: Int) -> Int {
        let wanted = pictures.count * camera / max(1, count)
        return pictures[...wanted].lastIndex { $0.isKey } ?? 0
    }

    /// The file to be sent: `source` itself if it is as cameras send it, or a new one, of at most 60 seconds of it.
    /// - Parameter scratch: a folder for the new one.
    /// - Throws: `VisageError`, as `FileSource` and `VideoFileWriter` do.
    package static func prepare(_ source: String, in scratch: URL) throws -> String {
        let file = try FileSource(path: source, options: .init(pace: .fast))
        if (try? FeedClip(path: source)) != nil { return source }
        let path = scratch.appending(path: "camera.mp4").path
        let interval = Duration.nanoseconds(1_000_000_000 / Int64(fps))
        let scaler = Scaler()
        var writer: VideoFileWriter?
        var written = 0
        while written < maxFrames, let frame = try file.nextFrame() {
            // Of a clip with more frames a second those that are due; one with fewer is played faster.
            guard frame.pts + .milliseconds(1) >= interval * written || file.info.fps ?? 30 < Double(fps) else {
                continue
            }
            let width = (frame.image.width * height / frame.image.height + 1) & ~1
            let image =
                frame.image.height == height && frame.image.width == width
                ? frame.image : try scaler.scaled(frame.image, width: width, height: height)
            let open =
                try writer
                ?? VideoFileWriter(path: path, width: image.width, height: image.height, matrix: image.matrix)
            writer = open
            // The writer makes a key frame a second by the times.
            try open.append(image, pts: interval * written)
            written += 1
        }
        try writer?.close()
        guard written > 0 else { throw VisageError(.source, "\(source) has no frame to measure") }
        return path
    }
}
