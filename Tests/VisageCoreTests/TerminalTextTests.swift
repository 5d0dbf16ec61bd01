import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct TerminalTextTests {
    /// What a terminal obeys, ends a line or changes the order of text, stated without the properties of Unicode.
    private func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xE0001,
            0xE0020...0xE007F:
            true
        default: false
        }
    }

    /// Half of the scalars come from the ranges that matter.
    private func text(_ random: inout SeededRandom) -> String {
        let ranges: [ClosedRange<UInt32>] = [0...0x20, 0x7F...0xA0, 0x200B...0x206F, 0xE0000...0xE007F, 0x22...0x5C]
        var text = ""
        for _ in 0..<Int.random(in: 0...24, using: &random) {
            let range = Bool.random(using: &random) ? ranges.randomElement(using: &random) ?? 0...9 : 0...0x10FFFF
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    @Test func nothingHarmfulIsLeftOfAnyText() throws {
        var random = SeededRandom(1)
        for _ in 0..<20_000 {
            let text = text(&random)
            let escaped = TerminalText.escaped(text)
            #expect(!escaped.unicodeScalars.contains(where: isHarmful), "\(Array(text.unicodeScalars))")
            #expect(TerminalText.escaped(escaped) == escaped)
            #expect(!TerminalText.drawable(text).unicodeScalars.contains(where: isHarmful))
            let error = VisageError(.unreadable, text, cause: text)
            #expect(!error.description.unicodeScalars.contains(where: isHarmful))
        }
    }

    @Test func escapedJSONMeansTheSame() throws {
        var random = SeededRandom(2)
        for _ in 0..<5_000 {
            let value = ["name": text(&random)]
            let json = TerminalText.escaped(json: String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
            #expect(!json.unicodeScalars.contains(where: isHarmful))
            let back = try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
            #expect(back["name"]?.unicodeScalars.elementsEqual(value["name", default: ""].unicodeScalars) == true)
        }
    }

    @Test(arguments: [
        ("Ada Lovelace", "Ada Lovelace"), ("Zoë O'Neill-Müller", "Zoë O'Neill-Müller"), ("名前 🙂", "名前 🙂"),
        ("می\u{200C}خواهم", "می\u{200C}خواهم"), ("a\u{1B}[2J", "a\\u001b[2J"), ("a\nb\r\n\tc", "a\\nb\\r\\n\\tc"),
        ("\u{9B}31m", "\\u009b31m"), ("evil\u{202E}gpj", "evil\\u202egpj"), ("\u{E0001}", "\\U000e0001"),
        ("\u{1B}]52;c;eA==\u{7}", "\\u001b]52;c;eA==\\u0007"),
    ]) func escapes(text: String, escaped: String) { #expect(TerminalText.escaped(text) == escaped) }
}

@Suite struct PersonNameTests {
    @Test(arguments: [
        "Ada Lovelace", "Zoë", "名前", "O'Neill", "-x", "unknown", "unknown-", "unknown-1a", "می\u{200C}خواهم",
    ])
    func names(name: String) { #expect(PersonName.problem(name) == nil) }

    @Test(arguments: [
        "", " ", "\u{3000}", ".", "..", ".hidden", "a/b", "/", "a\u{0}", "a\u{1B}[2J", "a\nb", "\u{9B}", "\u{202E}x",
        "\u{2028}", "\u{FEFF}a", "unknown-17", String(repeating: "ä", count: 101),
    ]) func otherTextIsRefused(text: String) {
        #expect {
            try PersonName.check(text)
        } throws: {
            ($0 as? VisageError)?.code == .usage
                && !"\($0)".unicodeScalars.contains(where: TerminalText.isUnprintable)
        }
    }

    /// They can be forgotten.
    @Test func olderNamesArePossible() throws {
        for name in ["a\u{1B}[2J", "a\nb", "\u{202E}x"] { try PersonName.checkFolder(name) }
        for name in ["", "..", "a/b"] { #expect(throws: VisageError.self) { try PersonName.checkFolder(name) } }
    }
}
