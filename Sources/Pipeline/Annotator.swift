import Imaging
import VisageCore

/// Draws boxes and names onto a copy of a frame.
public final class Annotator: Sendable {
    private let labels: LabelRenderer

    /// - Throws: `VisageError` (notFound) without the font.
    public init() throws { labels = try LabelRenderer() }

    /// One face to draw; `verdict` nil while it is undecided.
    public struct Mark: Sendable {
        public let box: BoundingBox
        public let verdict: Verdict?

        public init(box: BoundingBox, verdict: Verdict?) {
            self.box = box
            self.verdict = verdict
        }
    }

    /// - Parameter pool: makes buffers of the frame's size.
    public func annotate(_ image: PixelBuffer, with marks: [Mark], pool: PixelBufferPool) -> PixelBuffer {
        let copy = Canvas.copy(image, pool: pool)
        let canvas = Canvas(copy)
        // Legible at any size: a hundredth and a bit of the picture's height.
        let unit = max(2, (Double(image.height) / 240).rounded())
        let size = Int(max(12, Double(image.height) / 34))
        for mark in marks {
            let color: Canvas.Color
            let text: String?
            switch mark.verdict?.identity {
            case nil: (color, text) = (.gray, nil)
            case .unknown: (color, text) = (.orange, "unknown")
            case .person(let name):
                let similarity = mark.verdict?.match.map { " \(Int(($0.similarity * 100).rounded())) %" } ?? ""
                (color, text) = (.green, name + similarity)
            }
            canvas.outline(mark.box, color, thickness: unit)
            if let text {
                let label = labels.label(text, size: size)
                canvas.draw(label, x: mark.box.x, y: mark.box.y - Double(label.height), on: color)
            }
        }
        return copy
    }
}
