/// Text of unknown origin (names, paths, messages of cameras and libraries) on its way to a terminal, a log or a protocol
/// of lines. Whatever a terminal could obey, and whatever ends a line, hides or changes the order of text, is replaced by
/// an escape sequence that shells and JSON know: `\n`, `\u001b`, `\U000e0001`.
public enum TerminalText {
    /// Whether the scalar is written as an escape sequence: control characters (C0, DEL and C1), line and paragraph
    /// separators, and format characters such as those that change the direction of text. The two joiners are not:
    /// Persian and Indic names are spelled with them.
    public static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        case .unassigned: return scalar.properties.isDefaultIgnorableCodePoint
        case .format: return scalar.value != 0x200C && scalar.value != 0x200D
        default: return false
        }
    }

    /// The text as one line that is safe to print. Text that is safe already is returned as it is, so that escaping twice
    /// changes nothing.
    public static func escaped(_ text: String) -> String {
        replacing(text) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: scalar.value > 0xFFFF ? "\\U" + hexadecimal(scalar.value, 8) : "\\u" + hexadecimal(scalar.value, 4)
            }
        }
    }

    /// JSON text that means the same and is safe to print. What `escaped` replaces, other than a tab, stands within
    /// strings in valid JSON without line breaks, where `\uXXXX` means the same character.
    public static func escaped(json text: String) -> String {
        replacing(text) { scalar in
            scalar == "\t" ? "\t" : String(scalar).utf16.map { "\\u" + hexadecimal(UInt32($0), 4) }.joined()
        }
    }

    /// The text with a replacement character for everything that cannot be drawn.
    public static func drawable(_ text: String) -> String { replacing(text) { _ in "\u{FFFD}" } }

    private static func replacing(_ text: String, _ replacement: (Unicode.Scalar) -> String) -> String {
        guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnprintable(scalar) {
                result += replacement(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
