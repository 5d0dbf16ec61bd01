import Foundation
import Recognition
import VisageCore

/// The table of an evaluation: one row per photo, with the expected and the given answer.
package enum AnswersFile {
    /// - Throws: `VisageError` (unwritable).
    package static func write(_ evaluation: GalleryEvaluation, to folder: URL) throws {
        func row(_ answer: GalleryEvaluation.Answer, expected: String) -> [String] {
            func rounded(_ value: Double?) -> String { value.map { String($0.roundedToFourDecimals) } ?? "" }
            let match = answer.match
            return [
                answer.photo.path, expected, answer.given ?? "no face", match?.name ?? "", rounded(match?.similarity),
                rounded(match?.probability),
            ]
        }
        let rows =
            evaluation.answers.map { row($0, expected: $0.person) }
            + evaluation.strangers.map { row($0, expected: "unknown") }
        try CSVFile.write(
            [["photo", "expected", "answer", "nearest", "similarity", "probability"]] + rows,
            to: folder.appending(path: "answers.csv"))
    }
}
