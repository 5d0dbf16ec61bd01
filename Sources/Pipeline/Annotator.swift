import Imaging
import VisageCore

/// Draws boxes and names onto a copy of a frame.
public final class Annotator: Sendable {
    private let labels: LabelRenderer

    /// - Throws: `VisageError` (notFound) without the font.
    public init() throws { labels = try LabelRenderer() }

    /// - Parameter pool: makes buffers of the frame's size.
    public func annotate(_ image: PixelBuffer, with marks: [FaceMark], pool: PixelBufferPool) -> PixelBuffer {
        let copy = Canvas.copy(image, pool: pool)
        let canvas = Canvas(copy)
        let (unit, size) = (FaceMark.thickness(height: image.height), FaceMark.letterHeight(height: image.height))
        for mark in marks {
            canvas.outline(mark.box, mark.kind.color, thickness: unit)
            guard let text = mark.text else { continue }
            let label = labels.label(text, size: size)
            canvas.draw(label, x: mark.box.x, y: mark.box.y - Double(label.height), on: mark.kind.color)
        }
        return copy
    }
}
