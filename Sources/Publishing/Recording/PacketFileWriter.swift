import CFFmpeg
import Foundation
import VisageCore

/// Writes a camera's own packets into a fragmented MP4 file, as they are. To be used from one thread at a time.
///
/// What is written is not looked at: the camera can send anything, and nothing of it is to be parsed here. For that reason
/// it comes in the form of MP4 already. As with `VideoFileWriter`, what was complete stays when writing fails.
///
/// Safe to hand over: see `SegmentWriter`.
final class PacketFileWriter: SegmentWriter, @unchecked Sendable {
    private let muxer: FragmentedMP4Muxer
    private let step: Int64
    /// Waits until the next one tells how long it lasts.
    private var held: EncodedPacket
    private var isHolding = false
    private var fresh: EncodedPacket
    private var isOver = false

    /// Creates the file, which must not be there.
    /// - Parameter mode: of the file, less the process's umask
    /// - Throws: `VisageError` (unwritable).
    init(path: String, stream: PacketStream, mode: mode_t) throws {
        step = Int64(stream.step)
        held = try EncodedPacket()
        fresh = try EncodedPacket()
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, mode)
        guard file >= 0 else {
            throw VisageError(.unwritable, "\(path) cannot be written.", cause: String(cString: strerror(errno)))
        }
        Foundation.close(file)
        muxer = try FragmentedMP4Muxer(path: path, stream)
    }

    deinit { muxer.abandon() }

    func whenFlushed(_ body: @escaping () -> Void) { muxer.whenFlushed = body }

    /// Adds a packet.
    /// - Parameters:
    ///   - pts, dts: in ticks of the stream; `dts` grows from packet to packet
    /// - Throws: `VisageError`, and then the writer is of no further use.
    func append(_ packet: SourcePacket, pts: Int64, dts: Int64) throws {
        guard !isOver else { return }
        do {
            guard av_new_packet(fresh.packet, Int32(clamping: packet.data.count)) == 0 else {
                throw VisageError(.engine, "There is no memory left to write video.")
            }
            packet.data.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    UnsafeMutableRawPointer(fresh.packet.pointee.data)?.copyMemory(from: base, byteCount: bytes.count)
                }
            }
            (fresh.packet.pointee.pts, fresh.packet.pointee.dts) = (pts, dts)
            if packet.isKey { fresh.packet.pointee.flags |= AV_PKT_FLAG_KEY }
            if isHolding { try release(until: dts) }
            swap(&held, &fresh)
            isHolding = true
        } catch {
            isOver = true
            muxer.abandon()
            throw error
        }
    }

    func close() throws {
        guard !isOver else { return }
        isOver = true
        do {
            if isHolding { try release(until: held.packet.pointee.dts + step) }
            try muxer.close()
        } catch {
            muxer.abandon()
            throw error
        }
    }

    private func release(until end: Int64) throws {
        isHolding = false
        held.packet.pointee.duration = max(1, end - held.packet.pointee.dts)
        defer { av_packet_unref(held.packet) }
        try muxer.write(held)
    }
}
