import CFFmpeg
import Imaging
import VisageCore

/// H.264: pictures build on each other, so that after damage none is right until the next key frame.
final class V4L2H264Reader: V4L2Reader {
    private let decoder: StrictDecoder
    private var converter = PictureConverter()
    private var waitsForKeyFrame = true

    init(_ path: String) throws { decoder = try StrictDecoder(AV_CODEC_ID_H264, name: path) }

    func read(_ filled: V4L2Buffers.Filled, release: () throws -> Void) throws -> PixelBuffer? {
        try decoder.load(filled.bytes)
        try release()
        guard let picture = decoder.decode() else {
            waitsForKeyFrame = true
            return nil
        }
        if picture.frame.pointee.key_frame != 0 { waitsForKeyFrame = false }
        guard !waitsForKeyFrame else { return nil }
        return try? converter.buffer(picture, orientation: .upright)
    }

    func lost() { waitsForKeyFrame = true }
}
