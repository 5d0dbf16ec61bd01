import Foundation
import OpenCVBridge
import VisageCore

/// Pictures in files: photos to learn from, annotated copies to look at.
public enum Photo {
    /// Larger pictures are refused: 200 megapixels, which is more than any camera makes.
    static let maximumPixels = 200_000_000

    /// Decodes a picture upright (by its EXIF orientation) into planar YUV.
    /// - Throws: `VisageError` (unreadable) naming what is wrong with it.
    public static func decode(_ data: Data, scaler: Scaler) throws -> PixelBuffer {
        var image: OpaquePointer?
        try data.withUnsafeBytes { bytes in
            try bridgeCall(.unreadable, "cannot be read as a picture") { error in
                vb_image_decode(
                    bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, maximumPixels, &image, error)
            }
        }
        guard let image else { throw VisageError(.unreadable, "cannot be read as a picture") }
        defer { vb_image_free(image) }
        return try scaler.planar(
            bgr: vb_image_bytes(image), width: Int(vb_image_width(image)), height: Int(vb_image_height(image)),
            stride: vb_image_stride(image))
    }

    /// The file format of an encoded picture.
    public enum Format: String, Sendable {
        case jpeg = ".jpg"
        case png = ".png"
    }

    /// Encodes a picture. `quality` 0...100 is for JPEG.
    /// - Throws: `VisageError` (engine).
    public static func encode(
        _ picture: PixelBuffer, as format: Format, quality: Int = 85, scaler: Scaler
    ) throws -> [UInt8] {
        let stride = picture.width * 3
        var pixels = [UInt8](repeating: 0, count: stride * picture.height)
        var image: OpaquePointer?
        try pixels.withUnsafeMutableBufferPointer { pixels in
            guard let base = pixels.baseAddress else { return }
            try scaler.convert(
                picture, to: .bgr, width: picture.width, height: picture.height, out: base, stride: stride)
            try bridgeCall(.engine, "A picture could not be copied") { error in
                vb_image_make(base, Int32(picture.width), Int32(picture.height), stride, &image, error)
            }
        }
        defer { vb_image_free(image) }
        var bytes: OpaquePointer?
        try bridgeCall(.engine, "A picture could not be encoded") { error in
            vb_image_encode(image, format.rawValue, Int32(quality), &bytes, error)
        }
        defer { vb_bytes_free(bytes) }
        return Array(UnsafeBufferPointer(start: vb_bytes_pointer(bytes), count: vb_bytes_count(bytes)))
    }
}
