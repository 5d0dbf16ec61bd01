import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// One picture of a recording. The fragmented files have no index, so packets are counted up to the key frame before it,
/// and only from there on decoded.
enum RecordedFrame {
    /// How much earlier than asked for a picture may be, in milliseconds: times are rounded.
    private static let tolerance: Int64 = 2

    /// - Throws: `VisageError` (unreadable, notFound, source) for a file that has no such picture.
    static func read(_ path: String, at milliseconds: Int) throws -> PixelBuffer {
        let target = Int64(milliseconds) * 1_000_000 - tolerance * 1_000_000
        let skipped = try packetsBeforeKeyFrame(path, target)
        let file = try VideoFile(path: path)
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
                // A recording that was cut short lacks its last pictures.
                guard let last else {
                    throw VisageError(.unreadable, "\(path) has no picture at \(milliseconds) ms")
                }
                return try converter.buffer(last, orientation: file.orientation)
            }
        }
    }

    private static func packetsBeforeKeyFrame(_ path: String, _ target: Int64) throws -> Int {
        let file = try VideoFile(path: path)
        let packet = try Packet()
        var (count, found) = (0, 0)
        while case .packet = file.read(into: packet) {
            let stamp = file.nanoseconds(packet.packet.pointee.pts) ?? 0
            if packet.packet.pointee.flags & AV_PKT_FLAG_KEY != 0 {
                guard stamp <= target else { break }
                found = count
            }
            packet.clear()
            count += 1
        }
        return found
    }
}
