import CFFmpeg
import Imaging
import VisageCore

/// Motion JPEG: every picture stands alone, and one that is not whole is left out.
final class V4L2JPEGReader: V4L2Reader {
    private let decoder: PictureDecoder
    private var converter: PictureConverter

    init(_ path: String, slots: PictureSlots?) throws {
        decoder = try PictureDecoder(AV_CODEC_ID_MJPEG, isStrict: true, slots: slots, name: path)
        converter = PictureConverter(make: slots?.make)
    }

    func read(_ bytes: UnsafeRawBufferPointer, release: () throws -> Void) throws -> PixelBuffer? {
        let isWhole = try JPEGImage.whole(bytes).map { try decoder.load($0) } != nil
        try release()
        // A picture that cannot be converted is damaged, too: what its head says is nonsense.
        guard isWhole, let picture = decoder.decode() else { return nil }
        return try? converter.buffer(picture, orientation: .upright)
    }

    func lost() {}
}
