import Foundation

/// A chart as SVG: a frame with ticks, into which shapes are drawn in data coordinates.
struct Chart {
    /// One direction of a chart.
    struct Axis {
        var label: String
        var range: ClosedRange<Double>
        /// Powers of ten, over a range above zero.
        var isLogarithmic = false

        /// Position along the axis, 0...1; values outside the range are at its ends.
        func place(_ value: Double) -> Double {
            let (value, low, high) =
                isLogarithmic
                ? (log10(max(value, 1e-12)), log10(range.lowerBound), log10(range.upperBound))
                : (value, range.lowerBound, range.upperBound)
            return high > low ? min(1, max(0, (value - low) / (high - low))) : 0
        }

        var ticks: [Double] {
            guard isLogarithmic else {
                // About five, at steps of 1, 2 or 5 times a power of ten.
                let raw = max(1e-9, range.upperBound - range.lowerBound) / 5
                let power = pow(10, log10(raw).rounded(.down))
                let step = ([1, 2, 5].first { $0 * power >= raw } ?? 10) * power
                let first = (range.lowerBound / step - 1e-6).rounded(.up)
                return (0...10).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + step * 1e-6 }
            }
            let low = Int(log10(range.lowerBound).rounded(.up))
            return (low...max(low, Int(log10(range.upperBound)))).map { pow(10, Double($0)) }
        }
    }

    private static let width = 440.0
    private static let height = 260.0
    private static let margin = (left: 46.0, right: 18.0, top: 20.0, bottom: 40.0)

    let x: Axis
    let y: Axis
    private var shapes: [String] = []

    init(x: Axis, y: Axis) {
        self.x = x
        self.y = y
    }

    mutating func line(_ points: [(x: Double, y: Double)], color: String, isDashed: Bool = false) {
        let places = points.map { "\(number(across($0.x))),\(number(down($0.y)))" }.joined(separator: " ")
        let dash = isDashed ? " stroke-dasharray=\"4 3\"" : ""
        shapes.append(
            "<polyline points=\"\(places)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.8\"\(dash)/>")
    }

    /// From the x axis up to `top`.
    mutating func bar(from: Double, to: Double, top: Double, color: String) {
        let (left, right) = (across(from), across(to))
        shapes.append(
            "<rect x=\"\(number(left))\" y=\"\(number(down(top)))\" width=\"\(number(right - left))\" "
                + "height=\"\(number(down(y.range.lowerBound) - down(top)))\" fill=\"\(color)\" fill-opacity=\".55\"/>"
        )
    }

    mutating func dot(_ x: Double, _ y: Double, color: String, isHollow: Bool = false, title: String) {
        let paint = isHollow ? "fill=\"none\" stroke=\"\(color)\"" : "fill=\"\(color)\" fill-opacity=\".8\""
        shapes.append(
            "<circle cx=\"\(number(across(x)))\" cy=\"\(number(down(y)))\" r=\"3.5\" \(paint)>"
                + "<title>\(HTML.escaped(title))</title></circle>")
    }

    mutating func label(_ text: String, x: Double, y: Double) {
        shapes.append("<text x=\"\(number(across(x) + 4))\" y=\"\(number(down(y) + 4))\">\(HTML.escaped(text))</text>")
    }

    func svg(caption: String) -> String {
        let (left, right, top, bottom) = (
            across(x.range.lowerBound), Self.width - Self.margin.right,
            Self.margin.top, down(y.range.lowerBound)
        )
        var parts = [
            "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(right - left)\" height=\"\(bottom - top)\" fill=\"none\" "
                + "stroke=\"var(--soft)\"/>"
        ]
        for tick in x.ticks {
            parts.append(
                "<text x=\"\(number(across(tick)))\" y=\"\(bottom + 14)\" text-anchor=\"middle\">\(text(tick))</text>")
        }
        for tick in y.ticks {
            parts.append(
                "<text x=\"\(left - 5)\" y=\"\(number(down(tick) + 4))\" text-anchor=\"end\">\(text(tick))</text>")
        }
        parts.append(
            "<text x=\"\((left + right) / 2)\" y=\"\(bottom + 31)\" text-anchor=\"middle\">\(HTML.escaped(x.label))</text>"
        )
        parts.append(
            "<text x=\"\(left)\" y=\"\(top - 5)\">\(HTML.escaped(y.label))</text>")
        return """
            <figure><svg viewBox="0 -4 \(Self.width) \(Self.height + 4)" width="\(Self.width)" role="img">
            \((parts + shapes).joined(separator: "\n"))
            </svg><figcaption>\(HTML.escaped(caption))</figcaption></figure>
            """
    }

    private func across(_ value: Double) -> Double {
        Self.margin.left + x.place(value) * (Self.width - Self.margin.left - Self.margin.right)
    }

    private func down(_ value: Double) -> Double {
        Self.height - Self.margin.bottom - y.place(value) * (Self.height - Self.margin.top - Self.margin.bottom)
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    /// Zero, but for rounding, is zero.
    private func text(_ value: Double) -> String { String(format: "%.4g", abs(value) < 1e-9 ? 0 : value) }
}
