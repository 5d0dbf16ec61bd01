import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// One picture of a recording. The fragmented files have no index: their fragments are walked through to one that lies some
/// seconds before the picture, packets are counted from there up to the key frame before it, and only from that one on
/// decoded.
enum RecordedFrame {
    /// How much earlier than asked for a picture may be, in milliseconds: times are rounded.
    private static let tolerance: Int64 = 2

    /// How much of the end may lack, in nanoseconds.
    private static let shortage: Int64 = 2_000_000_000
    /// Within so many nanoseconds before a picture there is a key frame, unless the camera has few of them.
    private static let lead: Int64 = 10_000_000_000

    /// - Throws: `VisageError` (unreadable, notFound, source) for a file that has no such picture.
    static func read(_ path: String, at milliseconds: Int) throws -> PixelBuffer {
        let target = Int64(milliseconds) * 1_000_000 - tolerance * 1_000_000
        if let place = try place(path, target), let skipped = try packetsBeforeKeyFrame(path, place, target) {
            return try read(path, place, skipped, target, milliseconds)
        }
        return try read(path, nil, packetsBeforeKeyFrame(path, nil, target) ?? 0, target, milliseconds)
    }

    private static func read(
        _ path: String, _ place: RecordingFragments.Place?, _ skipped: Int, _ target: Int64, _ milliseconds: Int
    ) throws -> PixelBuffer {
        let file = try open(path, place)
        let decoder = try Decoder(file.stream, codec: file.codec, threads: 1, name: path)
        decoder.limit(pixels: CaptureLimits.maxFilePixels)
        let packet = try Packet()
        for _ in 0..<skipped {
            guard case .packet = file.read(into: packet) else { break }
            packet.clear()
        }
        var converter = PictureConverter()
        var last: Picture?
        var isAtEnd = false
        while true {
            switch decoder.receive() {
            case .picture(let picture):
                last = picture
                let stamp = file.nanoseconds(picture.frame.pointee.best_effort_timestamp) ?? 0
                guard stamp >= target else { continue }
                return try converter.buffer(picture, orientation: file.orientation)
            case .needsPacket where !isAtEnd:
                if case .packet = file.read(into: packet) {
                    _ = decoder.send(packet)
                } else {
                    isAtEnd = true
                    _ = decoder.send(nil)
                }
            case .damage: continue
            case .end, .needsPacket:
                // A recording that was cut short lacks its last pictures; the time may also be one of the next file.
                guard let last, target - (file.nanoseconds(last.frame.pointee.best_effort_timestamp) ?? 0) < shortage
                else {
                    throw VisageError(.unreadable, "\(path) has no picture at \(milliseconds) ms")
                }
                return try converter.buffer(last, orientation: file.orientation)
            }
        }
    }

    private static func open(_ path: String, _ place: RecordingFragments.Place?) throws -> VideoFile {
        let parts = try place.map { try FileParts(path: path, headEnd: $0.headEnd, tailStart: $0.start) }
        return try VideoFile(path: path, parts: parts)
    }

    private static func place(_ path: String, _ target: Int64) throws -> RecordingFragments.Place? {
        guard target > lead else { return nil }
        let base = try VideoFile(path: path).stream.pointee.time_base
        let ticks = av_rescale_q(target - lead, AVRational(num: 1, den: 1_000_000_000), base)
        return RecordingFragments.place(in: path, before: ticks)
    }

    /// - Returns: nil if none of the packets up to the picture is a key frame.
    private static func packetsBeforeKeyFrame(
        _ path: String, _ place: RecordingFragments.Place?, _ target: Int64
    ) throws -> Int? {
        let file = try open(path, place)
        let packet = try Packet()
        var (count, found): (Int, Int?) = (0, nil)
        while case .packet = file.read(into: packet) {
            let stamp = file.nanoseconds(packet.packet.pointee.pts) ?? 0
            if packet.packet.pointee.flags & AV_PKT_FLAG_KEY != 0 {
                guard stamp <= target else { break }
                found = count
            } else if stamp > target + lead {
                break
            }
            packet.clear()
            count += 1
        }
        return found
    }
}
