import Foundation
import Recognition
import VisageCore

/// A table of what was asked and answered, one row a photo.
enum AnswersFile {
    /// - Throws: `VisageError` (unwritable).
    static func write(_ evaluation: Evaluation, to folder: URL) throws {
        func row(_ answer: Evaluation.Answer, expected: String) -> [String] {
            guard let match = answer.match else { return [answer.photo.path, expected, "no face", "", "", ""] }
            let probability = match.probability.map { String(Event.rounded($0)) } ?? ""
            return [
                answer.photo.path, expected, match.accepted ? match.name : "unknown", match.name,
                String(Event.rounded(match.similarity)), probability,
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

/// A table of pairs with their similarity, one row a pair.
enum PairsFile {
    /// - Throws: `VisageError` (unwritable).
    static func write(_ pairs: LFWPairs, _ embeddings: [LFWPairs.Image: Embedding], to folder: URL) throws {
        let rows = pairs.pairs.map { pair -> [String] in
            let similarity = embeddings[pair.left].flatMap { left in embeddings[pair.right].map(left.similarity) }
            return [
                pair.left.path, pair.right.path, pair.isSame ? "same" : "different",
                similarity.map { "\(Event.rounded($0))" } ?? "no face",
            ]
        }
        try writeTable([["left", "right", "truth", "similarity"]] + rows, to: folder.appending(path: "pairs.csv"))
    }
}

/// Writes rows as CSV (RFC 4180), whole or not at all.
private func writeTable(_ rows: [[String]], to file: URL) throws {
    func field(_ text: String) -> String {
        text.contains(where: { ",\"\n\r".contains($0) }) ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
    let text = rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    do {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
        throw VisageError(.unwritable, "\(file.path) cannot be written", cause: error.localizedDescription)
    }
}
