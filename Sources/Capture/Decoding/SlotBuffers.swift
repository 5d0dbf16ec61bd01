import CFFmpeg
import VisageCore

/// Lets a decoder write its pictures where they stay: into memory that is shared with the daemon. Pictures that have to be
/// converted afterwards, and those for which there is no slot, are decoded into memory of FFmpeg's.
final class SlotBuffers {
    private let slots: PictureSlots

    init(_ slots: PictureSlots) { self.slots = slots }

    /// - Parameter context: of the decoder, before it is opened; this has to live longer.
    func use(in context: UnsafeMutablePointer<AVCodecContext>) {
        context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        context.pointee.get_buffer2 = { context, frame, flags in
            guard let context, let frame else { return visage_averror(EINVAL) }
            let buffers = context.pointee.opaque.map { Unmanaged<SlotBuffers>.fromOpaque($0).takeUnretainedValue() }
            return buffers?.place(frame, of: context) ?? avcodec_default_get_buffer2(context, frame, flags)
        }
    }

    /// - Returns: nil if this picture should lie elsewhere.
    private func place(
        _ frame: UnsafeMutablePointer<AVFrame>, of context: UnsafeMutablePointer<AVCodecContext>
    ) -> Int32? {
        guard frame.pointee.format == AV_PIX_FMT_YUV420P.rawValue, frame.pointee.color_range != AVCOL_RANGE_JPEG,
            let codec = context.pointee.codec, codec.pointee.capabilities & AV_CODEC_CAP_DR1 != 0,
            frame.pointee.width > 0, frame.pointee.height > 0,
            Int(frame.pointee.width) * Int(frame.pointee.height) <= CaptureLimits.maxPixels
        else { return nil }
        // Decoders write whole blocks, and a little more.
        var (width, rows) = (frame.pointee.width, frame.pointee.height)
        var alignments = [Int32](repeating: 0, count: Int(AV_NUM_DATA_POINTERS))
        avcodec_align_dimensions2(context, &width, &rows, &alignments)
        // Half of it is aligned to 64 bytes, as vector code likes it.
        let stride = (Int(width) + 127) / 128 * 128
        let luma = stride * Int(rows)
        let bytes = luma + stride * ((Int(rows) + 1) / 2) + 128
        guard let lease = slots.lease(bytes: bytes) else { return nil }
        let owner = Unmanaged.passRetained(lease)
        let code = visage_place_picture(frame, lease.base, bytes, Int32(stride), rows, owner.toOpaque()) { owner, _ in
            if let owner { Unmanaged<PictureSlots.Lease>.fromOpaque(owner).release() }
        }
        if code < 0 { owner.release() }
        return code
    }
}
