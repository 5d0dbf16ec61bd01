import CFFmpeg
import Foundation
import Imaging
import VisageCore

/// One pass through a video file: its pictures in the order in which they are shown, damaged ones left out.
package final class FilePlayer {
    package struct Shot {
        package let picture: Picture
        /// Of the file, nanoseconds; nil if it has none.
        package let stamp: Int64?
        /// Nanoseconds, more than 0.
        let duration: Int64
    }

    let file: VideoFile
    /// Pictures and packets that could not be decoded, or not whole.
    private(set) var damaged = 0
    /// Pictures delivered.
    private(set) var delivered = 0
    /// As the head of the file says; nil if it does not.
    package var frameCount: Int? { file.info.frames }
    /// Why the pass ended, if not because the file did.
    private(set) var endedEarly: String?
    private let decoder: Decoder
    private let packet: Packet
    /// Where the picture delivered last ends, nanoseconds.
    private var end: Int64?
    /// How often the decoder has reported damage since it was last fed.
    private var errors = 0
    /// A decoder that reports so many errors in a row will report nothing else.
    private static let maxErrors = 64

    /// - Throws: `VisageError`, as `VideoFile` and `Decoder` do.
    package init(path: String, threads: Int) throws {
        file = try VideoFile(path: path)
        decoder = try Decoder(file.stream, codec: file.codec, threads: threads, name: path)
        decoder.limit(pixels: CaptureLimits.maxFilePixels)
        packet = try Packet()
    }

    /// The next picture; nil at the end, or once `cancellation` says so.
    package func next(until cancellation: Cancellation) -> Shot? {
        while !cancellation.isCancelled {
            switch decoder.receive() {
            case .picture(let picture):
                // Without a size there is nothing to see.
                if picture.isDamaged || picture.width < 1 || picture.height < 1 {
                    damaged += 1
                } else {
                    delivered += 1
                    return shot(picture)
                }
            case .needsPacket: feed()
            case .damage(let code):
                damaged += 1
                errors += 1
                if errors == FilePlayer.maxErrors {
                    endedEarly = FFmpeg.message(code)
                    return nil
                }
            case .end:
                if endedEarly == nil { endedEarly = missingPart }
                return nil
            }
        }
        return nil
    }

    private func feed() {
        errors = 0
        switch file.read(into: packet) {
        case .packet:
            if !decoder.send(packet) { damaged += 1 }
        case .end(let code):
            endedEarly = code.map { FFmpeg.message($0) }
            _ = decoder.send(nil)
        }
    }

    private func shot(_ picture: Picture) -> Shot {
        let frame = picture.frame.pointee
        var duration = frame.pkt_duration > 0 ? file.nanoseconds(frame.pkt_duration) ?? 0 : 0
        if duration <= 0 { duration = Int64(1e9 / (file.fps ?? 25)) }
        let stamp = file.nanoseconds(frame.best_effort_timestamp)
        end = stamp.map { $0 &+ duration }
        return Shot(picture: picture, stamp: stamp, duration: duration)
    }

    /// Some demuxers take the place where a file was cut for its end; the head may know better.
    private var missingPart: String? {
        guard let declared = file.declaredEnd, let end else { return nil }
        let missing = Double(declared &- end) / 1e9
        guard missing > 0.5 + 2 / (file.fps ?? 25) else { return nil }
        return "the last " + missing.formatted(.number.precision(.fractionLength(1))) + " s are not there"
    }
}
