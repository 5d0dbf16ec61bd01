import CFFmpeg
import Foundation
import VisageCore

/// Writes pictures of one size into a video file: H.264 in fragmented MP4, encoded on the caller's thread. To be used
/// from one thread at a time.
///
/// If writing fails, or the writer is let go without `close`, the file holds what was complete by then and can be
/// played; if that is nothing, there is no file.
///
/// Safe to hand over: see `SegmentWriter`.
public final class VideoFileWriter: SegmentWriter, @unchecked Sendable {
    public let path: String
    /// Of the video, in pixels: that of the pictures, less the last column or row where that is odd.
    public var width: Int { encoder.width }
    public var height: Int { encoder.height }
    /// Pictures written.
    public private(set) var frames = 0

    /// Closed, or failed.
    private var isOver = false
    private let size: (width: Int, height: Int)
    private let encoder: H264Encoder
    private let muxer: FragmentedMP4Muxer
    /// The last packet waits until the next one tells how long it lasts; so all times in the file are exact.
    private var held: EncodedPacket
    private var isHolding = false
    private var fresh: EncodedPacket
    /// The first picture's pts, the last one's tick, that of the last key frame, and the last distance of two.
    private var first: Duration = .zero
    private var last: Int64 = 0
    private var lastKey: Int64 = 0
    private var step = H264Encoder.ticksPerSecond / 30

    /// Creates the file.
    /// - Parameters:
    ///   - width, height: of the pictures to come, in pixels, at least 2
    ///   - mode: of a new file, less the process's umask
    ///   - replacing: whether a file of that name may be overwritten
    /// - Throws: `VisageError`: `.unwritable`, or `.engine` if the encoder refuses.
    public init(
        path: String, width: Int, height: Int, matrix: PixelBuffer.Matrix,
        settings: EncoderSettings = .init(),
        mode: mode_t = 0o644, replacing: Bool = true
    ) throws {
        self.path = path
        size = (width, height)
        // First, so that settings that do not work leave no file.
        encoder = try H264Encoder(width: width, height: height, matrix: matrix, settings: settings)
        held = try EncodedPacket()
        fresh = try EncodedPacket()
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL), mode)
        guard file >= 0 else {
            throw VisageError(
                .unwritable, "\(path) cannot be written.", cause: String(cString: strerror(errno)))
        }
        Foundation.close(file)
        muxer = try FragmentedMP4Muxer(path: path, encoder: encoder)
    }

    deinit { muxer.abandon() }

    /// What to call whenever the kernel has been given more of the file.
    func whenFlushed(_ body: @escaping () -> Void) { muxer.whenFlushed = body }

    /// Adds a picture.
    /// - Parameter pts: grows from picture to picture; the video's time counts from the first one's
    /// - Throws: `VisageError`: `.usage` if the picture has another size; `.unwritable` or `.engine`, and then the
    ///   writer is of no further use.
    public func append(_ image: PixelBuffer, pts: Duration) throws {
        guard !isOver else { throw VisageError(.unwritable, "\(path) is closed.") }
        guard image.width == size.width, image.height == size.height else {
            throw VisageError(
                .usage,
                "A picture of \(image.width) x \(image.height) does not fit in \(path), whose pictures are "
                    + "\(size.width) x \(size.height).")
        }
        let ticks = place(pts)
        // A second after the last one at the latest, as far as the distance of the last two pictures can tell.
        let isKey = frames == 0 || ticks + step - lastKey > H264Encoder.ticksPerSecond
        if isKey { lastKey = ticks }
        do {
            try encoder.send(image, ticks: ticks, isKey: isKey)
            try drain()
        } catch {
            isOver = true
            muxer.abandon()
            throw error
        }
        frames += 1
    }

    /// Completes the file. Does nothing after an error, or the second time.
    /// - Throws: `VisageError`: `.unwritable` or `.engine`; what was complete before stays.
    public func close() throws {
        guard !isOver else { return }
        isOver = true
        do {
            if frames > 0 {
                try encoder.send(nil, ticks: 0, isKey: false)
                try drain()
                if isHolding { try release(until: last + step) }
                try muxer.close()
            } else {
                muxer.abandon()
            }
        } catch {
            muxer.abandon()
            throw error
        }
    }

    /// The tick for `pts`: after the last one in any case.
    private func place(_ pts: Duration) -> Int64 {
        guard frames > 0 else {
            first = pts
            return 0
        }
        let exact = av_rescale((pts - first).inNanoseconds, H264Encoder.ticksPerSecond, 1_000_000_000)
        let ticks = max(last + 1, exact)
        step = ticks - last
        last = ticks
        return ticks
    }

    private func drain() throws {
        while try encoder.receive(into: fresh) {
            if isHolding { try release(until: fresh.packet.pointee.pts) }
            swap(&held, &fresh)
            isHolding = true
        }
    }

    private func release(until end: Int64) throws {
        isHolding = false
        held.packet.pointee.duration = max(1, end - held.packet.pointee.pts)
        try muxer.write(held)
    }
}
