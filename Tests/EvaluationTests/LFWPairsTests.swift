import Evaluation
import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct LFWPairsTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func pairs(_ text: String) throws -> LFWPairs {
        let file = scratch.file("pairs.txt")
        try Data(text.utf8).write(to: file)
        return try LFWPairs(file)
    }

    private func fold(_ number: Int) -> String {
        "Ann\t\(number)\t2\nBob\t\(number)\t3\nAnn\t\(number)\tBob\t1\nBob\t\(number)\tAnn_Lee\t12\n"
    }

    @Test func tenFoldsAreCutAsTheHeaderSays() throws {
        let pairs = try pairs("10\t2\n" + (1...10).map(fold).joined())
        #expect(pairs.folds.count == 10 && pairs.folds.allSatisfy { $0.count == 4 })
        for (index, fold) in pairs.folds.enumerated() {
            #expect(fold.map(\.isSame) == [true, true, false, false])
            #expect(fold.allSatisfy { $0.left.number == index + 1 })
        }
        #expect(pairs.folds[3][3].right == LFWPairs.Image(name: "Ann_Lee", number: 12))
    }

    @Test func oneFoldIsCutIntoTenInterleavedParts() throws {
        let pairs = try pairs("6\n" + (1...3).map(fold).joined())
        #expect(pairs.folds.count == 10 && pairs.pairs.count == 12)
        #expect(pairs.folds.map(\.count) == [2, 2, 1, 1, 1, 1, 1, 1, 1, 1])
        #expect(pairs.folds[0].map(\.left.number) == [1, 3], "the first and the eleventh")
    }

    @Test func imagesAreNamedAsLFWNamesThem() throws {
        #expect(LFWPairs.Image(name: "Ann_Lee", number: 12).path == "Ann_Lee/Ann_Lee_0012.jpg")
        #expect(LFWPairs.Image(name: "Bob", number: 12345).path == "Bob/Bob_12345.jpg")
        let images = try pairs("10 2\n" + (1...10).map(fold).joined()).images
        #expect(images.count == Set(images).count)
        #expect(images.prefix(2).map(\.path) == ["Ann/Ann_0001.jpg", "Ann/Ann_0002.jpg"])
    }

    @Test(arguments: [
        ("10\t2\nAnn\t1\t2\nAnn\tone\t2\n", "line 3"), ("10\t2\nAnn\t1\t2\n\n\nAnn 1\n", "line 5"),
        ("ten\n", "line 1"), ("", "line 1"), ("0\nAnn 1 2\n", "line 1"),
        ("2\t1\nAnn\t1\t2\nAnn\t1\tBob\t1\tmore\n", "line 3"),
    ])
    func aBadLineIsNamed(text: String, line: String) {
        #expect {
            _ = try pairs(text)
        } throws: { error in
            (error as? VisageError)?.code == .unreadable && "\(error)".contains(line)
                && "\(error)".contains(scratch.file("pairs.txt").path)
        }
    }

    @Test func windowsLinesAndBlanksDoNotMatter() throws {
        let pairs = try pairs(
            "\n10 2\r\n\r\n" + (1...10).map(fold).joined().replacing("\n", with: "\r\n") + "\r\n")
        #expect(pairs.folds.count == 10 && pairs.pairs.count == 40)
    }

    /// Folds would be cut at the wrong places.
    @Test func aFileCutShortIsRefused() {
        let whole = "10\t2\n" + (1...10).map(fold).joined()
        let lines = whole.split(separator: "\n")
        #expect {
            _ = try pairs(lines.dropLast(3).joined(separator: "\n"))
        } throws: {
            ($0 as? VisageError)?.code == .unreadable && "\($0)".contains("40") && "\($0)".contains("37")
        }
    }

    @Test func aMissingFileIsNamed() {
        #expect {
            _ = try LFWPairs(scratch.file("none.txt"))
        } throws: { ($0 as? VisageError)?.code == .notFound && "\($0)".contains("none.txt") }
    }
}
