import Foundation
import Recognition
import VisageCore

/// The table of an evaluation: one row per photo, with the expected and the given answer.
enum AnswersFile {
    /// - Throws: `VisageError` (unwritable).
    static func write(_ evaluation: Evaluation, to folder: URL) throws {
        func row(_ answer: Evaluation.Answer, expected: String) -> [String] {
            func rounded(_ value: Double?) -> String { value.map { String(Event.rounded($0)) } ?? "" }
            let match = answer.match
            return [
                answer.photo.path, expected, answer.given ?? "no face", match?.name ?? "", rounded(match?.similarity),
                rounded(match?.probability),
            ]
        }
        let rows =
            evaluation.answers.map { row($0, expected: $0.person) }
            + evaluation.strangers.map { row($0, expected: "unknown") }
        try writeTable(
            [["photo", "expected", "answer", "nearest", "similarity", "probability"]] + rows,
            to: folder.appending(path: "answers.csv"))
    }
}

/// The table of a verification: one row per pair, with its similarity.
enum PairsFile {
    static let name = "pairs.csv"

    /// - Throws: `VisageError` (unwritable).
    static func write(_ pairs: LFWPairs, _ embeddings: [LFWPairs.Image: Embedding], to folder: URL) throws {
        let rows = pairs.pairs.map { pair -> [String] in
            let similarity = embeddings[pair.left].flatMap { left in embeddings[pair.right].map(left.similarity) }
            return [
                pair.left.path, pair.right.path, pair.isSame ? "same" : "different",
                similarity.map { "\(Event.rounded($0))" } ?? "no face",
            ]
        }
        try writeTable([["left", "right", "truth", "similarity"]] + rows, to: folder.appending(path: name))
    }
}

/// Writes rows as CSV (RFC 4180), completely or not at all, and readable only by the owner, because the rows say who
/// looks like whom.
/// - Throws: `VisageError` (unwritable).
private func writeTable(_ rows: [[String]], to file: URL) throws {
    func field(_ text: String) -> String {
        // Unicode scalars are compared, because a quote with a combining accent is a different Character.
        guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
        return "\"\(text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\""
    }
    let text = rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    try PrivateFile.replace(Data(text.utf8), at: file)
}
