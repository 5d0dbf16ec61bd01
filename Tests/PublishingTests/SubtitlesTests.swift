import Foundation
import Imaging
import Publishing
import Testing
import VisageCore

@Suite struct SubtitlesTests {
    private func entry(_ text: String?, _ start: Int = 0, _ end: Int = 500) -> Subtitles.Entry {
        Subtitles.Entry(
            start: start, end: end,
            mark: FaceMark(
                box: BoundingBox(x: 10, y: 20, width: 100, height: 120), kind: text == nil ? .undecided : .known,
                text: text))
    }

    private func file(_ entries: [Subtitles.Entry]) -> String {
        Subtitles.head(width: 1280, height: 720) + entries.map { Subtitles.lines($0, height: 720) }.joined()
    }

    @Test func whatIsWrittenIsReadAgain() {
        let entries = [
            entry("Ada Lovelace 93 %", 0, 60), entry(nil, 60, 12_340), entry("unknown", 3_600_000, 3_661_230),
            entry("李, Ö. {x} \\N", 5, 90),
        ]
        let read = Subtitles.entries(in: file(entries))
        #expect(read.map(\.mark) == entries.map(\.mark))
        #expect(read.map(\.start) == [0, 60, 3_600_000, 0] && read.map(\.end) == [60, 12_340, 3_661_230, 90])
    }

    /// A name is shown, and obeyed by nobody.
    @Test(arguments: [
        "{\\pos(0,0)}", "a\\Nb", "x}{\\p1}m 0 0", "a\nDialogue: 0,0:00:00.00,9:00:00.00,Known,,0,0,0,,gone",
        "\r\n[Script Info]",
        "a\u{2028}b\u{85}c\u{0}d", "\\h\\n\\{\\}", "{", "}", "\\", "a,b,c,,,,,,,,,",
        String(repeating: "x", count: 10_000),
        "{{{{\\\\\\\\}}}}", "\u{202E}evil", "comma, {\\fs900}big",
    ])
    func noNameInjectsAnything(_ name: String) throws {
        let text = Subtitles.lines(entry(name), height: 720)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3 && lines[2].isEmpty)
        // All of a line's fields, then one override block of ours, then only the name.
        let fields = lines[1].split(separator: ",", maxSplits: 9, omittingEmptySubsequences: false)
        let shown = try #require(fields.last)
        #expect(fields.count == 10 && shown.hasPrefix("{\\pos("))
        let brace = try #require(shown.firstIndex(of: "}"))
        let rest = shown[shown.index(after: brace)...]
        #expect(!rest.contains { "{}\\".contains($0) } && rest.unicodeScalars.count <= 64)
        #expect(!rest.unicodeScalars.contains { TerminalText.isUnprintable($0) })
        #expect(text.utf8.count { $0 == 10 } == 2 && !text.utf8.contains(13))
        #expect(Subtitles.entries(in: file([entry(name), entry(nil)])).count == 2)
    }

    @Test func aFileThatWasCutShortIsReadUpToThere() {
        let whole = file([entry("Ann", 0, 100), entry("Bob", 100, 200)])
        for count in 0...whole.utf8.count {
            let entries = Subtitles.entries(in: String(decoding: whole.utf8.prefix(count), as: UTF8.self))
            #expect(entries.allSatisfy { ["Ann", "Bob", nil].contains($0.mark.text) } && entries.count <= 2)
        }
        #expect(Subtitles.entries(in: whole).count == 2)
    }

    @Test func othersSubtitlesAreLeftOut() {
        #expect(
            Subtitles.entries(
                in: """
                    [Script Info]
                    Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,hello
                    Dialogue: x
                    Dialogue: 0,99999999999999:00:01.00,0:00:02.00,Known,,0,0,0,,{\\pos(1,1)\\p1}m 0 0 l 5 0 5 5 0 5
                    Dialogue: 0,0:00:01.00,0:00:02.00,Known,,0,0,0,,{\\pos(999999999,1)\\p1}m 0 0 l 5 0 5 5 0 5

                    """
            ).isEmpty)
    }

    @Test func boxesWithoutSenseAreWritten() {
        for value in [Double.nan, .infinity, -1e300, 1e300] {
            var wrong = entry("x")
            wrong.mark.box = BoundingBox(x: value, y: value, width: value, height: value)
            #expect(Subtitles.entries(in: file([wrong])).count == 1)
        }
    }
}
