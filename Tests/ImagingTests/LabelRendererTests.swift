import Dispatch
import Imaging
import Testing
import VisageCore

@Suite struct LabelRendererTests {
    private func renderer() throws -> LabelRenderer { try LabelRenderer() }

    @Test func accentsAreDrawn() throws {
        let renderer = try renderer()
        let plain = renderer.label("Zoe Muller", size: 20)
        let accented = renderer.label("Zoë Müller", size: 20)
        #expect(accented.coverage != plain.coverage)
        // The accents add ink above letters whose widths they leave as they are.
        #expect(accented.width == plain.width)
        #expect(accented.coverage.reduce(0) { $0 + Int($1) } > plain.coverage.reduce(0) { $0 + Int($1) })
    }

    @Test func aLetterWithACombiningAccentIsTheAccentedLetter() throws {
        // One renderer each: labels are kept by text, and Swift takes both texts for equal.
        let combined = try renderer().label("Zoe\u{308}", size: 18)
        #expect(try renderer().label("Zo\u{eb}", size: 18).coverage == combined.coverage)
    }

    @Test(arguments: ["Łukasz", "Ωμέγα", "Дмитрий", "İğü", "𝔊", "🙂", "名前", "\u{0}\n\t"])
    func everyScriptGivesALabelOfWholeSize(text: String) throws {
        let label = try renderer().label(text, size: 16)
        #expect(label.width > 0 && label.height > 16)
        #expect(label.coverage.count == label.width * label.height)
    }

    @Test func differentScriptsAreNotAllTheSameBox() throws {
        let renderer = try renderer()
        let labels = ["Ω", "Д", "Ł", "e"].map { renderer.label($0, size: 24).coverage }
        #expect(Set(labels).count == labels.count)
    }

    @Test func lettersKeepWithinTheirLabel() throws {
        let label = try renderer().label("Ågjpqy|", size: 30)
        let top = label.coverage.prefix(label.width)
        let bottom = label.coverage.suffix(label.width)
        #expect(
            top.allSatisfy { $0 == 0 } && bottom.allSatisfy { $0 == 0 }, "nothing is cut off above or below")
    }

    @Test func emptyAndEndlessNamesHaveALabel() throws {
        let renderer = try renderer()
        let empty = renderer.label("", size: 20)
        #expect(empty.coverage.allSatisfy { $0 == 0 } && empty.width > 0)
        let endless = renderer.label(String(repeating: "W", count: 10_000), size: 20)
        #expect(endless.width < 64 * 40)
    }

    @Test(arguments: [-5, 0, 1, 100_000])
    func sizesAreKeptReasonable(size: Int) throws {
        let label = try renderer().label("Ann", size: size)
        #expect((6...300).contains(label.height))
    }

    @Test func aMissingFontSaysWhatToInstall() {
        #expect {
            _ = try LabelRenderer(font: "/nowhere/font.ttf")
        } throws: { error in
            (error as? VisageError)?.code == .notFound && "\(error)".contains("fonts-dejavu-core")
        }
    }

    /// More names than are kept, from several threads.
    @Test func labelsAreTheSameFromEveryThread() throws {
        let renderer = try renderer()
        let expected = (0..<400).map { renderer.label("Person \($0)", size: 14).coverage }
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for number in stride(from: thread, to: 400, by: 3) {
                #expect(renderer.label("Person \(number)", size: 14).coverage == expected[number])
            }
        }
    }
}
