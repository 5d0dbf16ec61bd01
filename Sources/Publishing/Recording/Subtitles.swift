import Foundation
import Imaging
import VisageCore

/// Boxes and names beside a recording, in Advanced SubStation Alpha (ASS), which players show by themselves where the file
/// is named like the video. Pure.
package enum Subtitles {
    /// A mark and when it is to be seen, in milliseconds of the recording.
    package struct Entry: Sendable, Equatable {
        package var start: Int
        package var end: Int
        package var mark: FaceMark

        package init(start: Int, end: Int, mark: FaceMark) {
            self.start = start
            self.end = end
            self.mark = mark
        }
    }

    /// Of the style of a mark's text, after its kind.
    private static let textStyle = "Name"
    /// As `LabelRenderer` cuts it.
    private static let maxCharacters = 64

    /// All before the first entry.
    /// - Parameters:
    ///   - width, height: of the pictures, in pixels
    package static func head(width: Int, height: Int) -> String {
        let (letters, padding) = (FaceMark.letterHeight(height: height), padding(height: height))
        // What the height of a line of DejaVu Sans is to its size.
        let line = Double(letters) * 1.164
        func style(_ name: String, _ primary: String, _ box: String, border: Int, _ outline: Double) -> String {
            "Style: \(name),DejaVu Sans,\(decimal(line)),\(primary),\(primary),\(box),\(box),0,0,0,0,100,100,0,0,\(border),"
                + "\(decimal(outline)),0,7,0,0,0,1"
        }
        let styles = FaceMark.Kind.allCases.flatMap { kind in
            [
                style(kind.rawValue, kind.hexadecimal, kind.hexadecimal, border: 1, 0),
                style(kind.rawValue + textStyle, "&H00000000", kind.hexadecimal, border: 3, padding),
            ]
        }
        return """
            [Script Info]
            ; Boxes and names that visaged saw in the recording of this name
            ScriptType: v4.00+
            WrapStyle: 2
            ScaledBorderAndShadow: yes
            YCbCr Matrix: None
            PlayResX: \(width)
            PlayResY: \(height)

            [V4+ Styles]
            Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
            Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
            MarginR, MarginV, Encoding
            \(styles.joined(separator: "\n"))

            [Events]
            Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text

            """
    }

    /// The lines of an entry, with their ends; empty if it is shorter than the hundredth of a second that ASS knows.
    /// - Parameter height: of the pictures
    package static func lines(_ entry: Entry, height: Int) -> String {
        let (start, end) = (time(entry.start), time(entry.end))
        guard entry.start / 10 < entry.end / 10 else { return "" }
        let pen = Int(FaceMark.thickness(height: height))
        let box = Self.whole(entry.mark.box)
        let (right, bottom) = (max(pen, box.width - pen), max(pen, box.height - pen))
        // The outer border, then the inner one the other way round, which cuts it out.
        var lines =
            "Dialogue: 0,\(start),\(end),\(entry.mark.kind.rawValue),,0,0,0,,{\\pos(\(box.x),\(box.y))\\p1}"
            + "m 0 0 l \(box.width) 0 \(box.width) \(box.height) 0 \(box.height) "
            + "m \(pen) \(pen) l \(pen) \(bottom) \(right) \(bottom) \(right) \(pen){\\p0}\n"
        if let text = entry.mark.text {
            let padding = padding(height: height)
            let letters = Double(FaceMark.letterHeight(height: height))
            let top = max(0, Double(box.y) - letters * 1.164 - 2 * padding)
            lines +=
                "Dialogue: 1,\(start),\(end),\(entry.mark.kind.rawValue)\(textStyle),,0,0,0,,"
                + "{\\pos(\(decimal(max(0, Double(box.x)) + padding)),\(decimal(top + padding)))}\(escaped(text))\n"
        }
        return lines
    }

    /// A box in whole pixels, of at least one.
    package static func whole(_ box: BoundingBox) -> (x: Int, y: Int, width: Int, height: Int) {
        func whole(_ value: Double) -> Int { value.isFinite ? Int(min(max(value, -20_000), 20_000).rounded()) : 0 }
        return (whole(box.x), whole(box.y), max(1, whole(box.width)), max(1, whole(box.height)))
    }

    /// Text that says no more than it shows. ASS obeys what stands in braces and after a backslash, and has no way to write
    /// these three: their wide forms stand for them.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in TerminalText.drawable(text).unicodeScalars.prefix(maxCharacters) {
            result.unicodeScalars.append(wide[scalar] ?? scalar)
        }
        return result
    }

    fileprivate static let wide: [Unicode.Scalar: Unicode.Scalar] = [
        "{": "\u{FF5B}", "}": "\u{FF5D}", "\\": "\u{FF3C}",
    ]

    private static func padding(height: Int) -> Double { Double(FaceMark.letterHeight(height: height)) * 0.12 }

    private static func decimal(_ value: Double) -> String { String(format: "%.1f", value) }

    /// h:mm:ss.cc, rounded down: a frame is shown from its own time on, and not before.
    private static func time(_ milliseconds: Int) -> String {
        let hundredths = max(0, milliseconds) / 10
        return String(
            format: "%d:%02d:%02d.%02d", hundredths / 360_000, hundredths / 6000 % 60, hundredths / 100 % 60,
            hundredths % 100)
    }
}

extension FaceMark.Kind {
    /// Its color as ASS has it, with blue first: that of `color`.
    fileprivate var hexadecimal: String {
        switch self {
        case .undecided: "&H00B3B3B3"
        case .unknown: "&H000C91F0"
        case .known: "&H002DD82E"
        }
    }
}

extension Subtitles {
    /// The entries of subtitles that `visaged` has written; lines that are not whole, or not its own, are left out.
    package static func entries(in text: String) -> [Entry] {
        var entries: [Entry] = []
        // The last line may have been cut short.
        let whole = text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        for line in whole.split(separator: "\n") where line.hasPrefix("Dialogue: ") {
            let fields = line.dropFirst("Dialogue: ".count).split(
                separator: ",", maxSplits: 9, omittingEmptySubsequences: false)
            guard fields.count == 10, let start = milliseconds(fields[1]), let end = milliseconds(fields[2]) else {
                continue
            }
            if let kind = FaceMark.Kind(rawValue: String(fields[3])) {
                guard let box = box(fields[9]) else { continue }
                entries.append(Entry(start: start, end: end, mark: FaceMark(box: box, kind: kind, text: nil)))
            } else if let last = entries.last, last.start == start, fields[3] == last.mark.kind.rawValue + textStyle,
                let brace = fields[9].firstIndex(of: "}")
            {
                entries[entries.count - 1].mark.text = plain(fields[9][fields[9].index(after: brace)...])
            }
        }
        return entries
    }

    private static func plain(_ text: Substring) -> String {
        let narrow = Dictionary(uniqueKeysWithValues: wide.map { ($1, $0) })
        var result = ""
        for scalar in text.unicodeScalars { result.unicodeScalars.append(narrow[scalar] ?? scalar) }
        return result
    }

    private static func milliseconds(_ text: Substring) -> Int? {
        guard let parts = text.wholeMatch(of: /(\d{1,4}):(\d\d):(\d\d)\.(\d\d)/)?.output,
            let hours = Int(parts.1), let minutes = Int(parts.2), let seconds = Int(parts.3), let rest = Int(parts.4)
        else { return nil }
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest * 10
    }

    private static func box(_ text: Substring) -> BoundingBox? {
        let pattern = /\{\\pos\((-?\d{1,5}),(-?\d{1,5})\)\\p1\}m 0 0 l (\d{1,5}) 0 \d{1,5} (\d{1,5}) .*/
        guard let parts = text.wholeMatch(of: pattern)?.output, let x = Double(parts.1), let y = Double(parts.2),
            let width = Double(parts.3), let height = Double(parts.4)
        else { return nil }
        return BoundingBox(x: x, y: y, width: width, height: height)
    }
}
