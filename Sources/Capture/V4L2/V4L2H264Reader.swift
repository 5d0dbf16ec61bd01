import CFFmpeg
import Imaging
import VisageCore

/// H.264: pictures build on each other, so that after damage none is right until the next key frame.
final class V4L2H264Reader: V4L2Reader {
    private let decoder: PictureDecoder
    private let losses: StreamLossListener
    private var converter: PictureConverter
    private var gate = KeyFrameGate()

    init(_ path: String, slots: PictureSlots?) throws {
        decoder = try PictureDecoder(AV_CODEC_ID_H264, isStrict: false, slots: slots, name: path)
        converter = PictureConverter(make: slots?.make)
        losses = StreamLossListener(of: [decoder.identity])
    }

    func read(_ bytes: UnsafeRawBufferPointer, release: () throws -> Void) throws -> PixelBuffer? {
        try decoder.load(bytes)
        try release()
        guard let picture = decoder.decode() else {
            gate.damage()
            return nil
        }
        let isDamaged = losses.take() > 0
        guard gate.passes(isKey: picture.frame.pointee.key_frame != 0, isDamaged: isDamaged) else { return nil }
        return try? converter.buffer(picture, orientation: .upright)
    }

    func lost() { gate.damage() }
}
