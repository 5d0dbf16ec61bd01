import Foundation
import VisageCore

/// Pictures made of numbers.
public enum Pictures {
    /// Every sample by its place; chroma neutral unless told.
    public static func picture(
        width: Int, height: Int, matrix: PixelBuffer.Matrix = .bt601, luma: (_ x: Int, _ y: Int) -> UInt8,
        cb: (_ x: Int, _ y: Int) -> UInt8 = { _, _ in 128 },
        cr: (_ x: Int, _ y: Int) -> UInt8 = { _, _ in 128 }
    ) -> PixelBuffer {
        let buffer = PixelBufferPool(width: width, height: height).make(matrix: matrix)
        fill(buffer.luma, luma)
        fill(buffer.cb, cb)
        fill(buffer.cr, cr)
        return buffer
    }

    /// One color all over.
    public static func plain(
        width: Int, height: Int, y: UInt8, cb: UInt8 = 128, cr: UInt8 = 128,
        matrix: PixelBuffer.Matrix = .bt601
    ) -> PixelBuffer {
        picture(
            width: width, height: height, matrix: matrix, luma: { _, _ in y }, cb: { _, _ in cb },
            cr: { _, _ in cr })
    }

    /// A frame of a stream of `rate` frames a second.
    public static func frame(_ number: Int, rate: Double = 25, image: PixelBuffer) -> Frame {
        let pts = Duration.nanoseconds(Int64((Double(number) / rate * 1e9).rounded()))
        return Frame(
            number: number, pts: pts, captured: .now,
            wall: Date(timeIntervalSince1970: 1_700_000_000 + pts.inSeconds),
            image: image)
    }

    private static func fill(_ plane: Plane, _ value: (Int, Int) -> UInt8) {
        for y in 0..<plane.height {
            for x in 0..<plane.width { plane.base[y * plane.stride + x] = value(x, y) }
        }
    }
}

extension Plane {
    public subscript(x: Int, y: Int) -> UInt8 { base[y * stride + x] }

    /// Every sample, row by row, without what lies between the rows.
    public var samples: [UInt8] {
        (0..<height).flatMap { row in Array(UnsafeBufferPointer(start: base + row * stride, count: width)) }
    }
}
