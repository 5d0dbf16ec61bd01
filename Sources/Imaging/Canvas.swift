import Foundation
import VisageCore

/// Draws on the planes of a YUV picture without converting it to RGB.
public struct Canvas {
    /// A color in limited-range YUV.
    public struct Color: Sendable {
        public let y: UInt8
        public let cb: UInt8
        public let cr: UInt8

        public init(y: UInt8, cb: UInt8, cr: UInt8) {
            self.y = y
            self.cb = cb
            self.cr = cr
        }

        /// A known person.
        public static let green = Color(y: 160, cb: 70, cr: 60)
        /// A stranger.
        public static let orange = Color(y: 150, cb: 60, cr: 175)
        /// Not yet decided.
        public static let gray = Color(y: 170, cb: 128, cr: 128)
        public static let black = Color(y: 16, cb: 128, cr: 128)
    }

    private let picture: PixelBuffer

    /// - Parameter picture: drawn on in place; no other code may hold it yet.
    public init(_ picture: PixelBuffer) { self.picture = picture }

    /// A copy of `picture` to draw on; `pool` is of the same size.
    public static func copy(_ picture: PixelBuffer, pool: PixelBufferPool) -> PixelBuffer {
        let copy = pool.make(matrix: picture.matrix)
        for (from, to) in zip(picture.planes, copy.planes) {
            for row in 0..<min(from.height, to.height) {
                memcpy(to.base + row * to.stride, from.base + row * from.stride, min(from.width, to.width))
            }
        }
        return copy
    }

    /// Fills the part of `box` that lies within the picture.
    public func fill(_ box: BoundingBox, _ color: Color) {
        let inside = box.clipped(width: picture.width, height: picture.height)
        let left = Int(inside.x)
        let top = Int(inside.y)
        let right = Int((inside.x + inside.width).rounded())
        let bottom = Int((inside.y + inside.height).rounded())
        fill(picture.luma, left, top, right, bottom, color.y)
        fill(picture.cb, left / 2, top / 2, PixelBuffer.chroma(right), PixelBuffer.chroma(bottom), color.cb)
        fill(picture.cr, left / 2, top / 2, PixelBuffer.chroma(right), PixelBuffer.chroma(bottom), color.cr)
    }

    private func fill(_ plane: Plane, _ left: Int, _ top: Int, _ right: Int, _ bottom: Int, _ value: UInt8) {
        let right = min(right, plane.width)
        guard left < right else { return }
        for row in top..<max(top, min(bottom, plane.height)) {
            memset(plane.base + row * plane.stride + left, Int32(value), right - left)
        }
    }

    /// Lays `other` over the part of `box` that lies within the picture, its top left corner at (x, y), both even.
    public func paste(_ other: PixelBuffer, x: Int, y: Int, within box: BoundingBox) {
        let inside = box.clipped(width: picture.width, height: picture.height)
        let (left, top) = (Int(inside.x), Int(inside.y))
        let (right, bottom) = (Int(inside.x + inside.width), Int(inside.y + inside.height))
        paste(other.luma, picture.luma, x, y, left..<right, top..<bottom)
        for (from, to) in [(other.cb, picture.cb), (other.cr, picture.cr)] {
            paste(
                from, to, x / 2, y / 2, left / 2..<PixelBuffer.chroma(right), top / 2..<PixelBuffer.chroma(bottom))
        }
    }

    private func paste(_ from: Plane, _ to: Plane, _ x: Int, _ y: Int, _ columns: Range<Int>, _ rows: Range<Int>) {
        let columns = columns.clamped(to: x..<(x + from.width))
        guard !columns.isEmpty else { return }
        for row in rows.clamped(to: y..<(y + from.height)) {
            memcpy(
                to.base + row * to.stride + columns.lowerBound,
                from.base + (row - y) * from.stride + columns.lowerBound - x,
                columns.count)
        }
    }

    /// The outline of `box`, `thickness` pixels wide, inwards.
    public func outline(_ box: BoundingBox, _ color: Color, thickness: Double) {
        let (x, y, width, height) = (box.x, box.y, box.width, box.height)
        fill(BoundingBox(x: x, y: y, width: width, height: thickness), color)
        fill(BoundingBox(x: x, y: y + height - thickness, width: width, height: thickness), color)
        fill(BoundingBox(x: x, y: y, width: thickness, height: height), color)
        fill(BoundingBox(x: x + width - thickness, y: y, width: thickness, height: height), color)
    }

    /// Text in `label`, with its top left corner at (x, y), moved to lie within the picture, on a bar of `color`.
    public func draw(_ label: Label, x: Double, y: Double, on color: Color) {
        // Clamped before they become integers; NaN ends at 0.
        let left = Int(min(max(0, x), Double(max(0, picture.width - label.width))))
        let top = Int(min(max(0, y), Double(max(0, picture.height - label.height))))
        fill(
            BoundingBox(
                x: Double(left), y: Double(top), width: Double(label.width), height: Double(label.height)), color)
        let luma = picture.luma
        for row in 0..<min(label.height, luma.height - top) {
            let line = luma.base + (top + row) * luma.stride + left
            for column in 0..<min(label.width, luma.width - left) {
                // Black text: the coverage pulls luma down to 16.
                let coverage = Int(label.coverage[row * label.width + column])
                guard coverage > 0 else { continue }
                line[column] = UInt8((Int(line[column]) * (255 - coverage) + 16 * coverage) / 255)
            }
        }
    }
}
