import Foundation
import VisageCore

/// The table of a verification: one row per pair, with its similarity.
package enum PairsFile {
    package static let name = "pairs.csv"

    /// - Throws: `VisageError` (unwritable).
    package static func write(_ pairs: LFWPairs, _ embeddings: [LFWPairs.Image: Embedding], to folder: URL) throws {
        let rows = pairs.pairs.map { pair -> [String] in
            let similarity = embeddings[pair.left].flatMap { left in embeddings[pair.right].map(left.similarity) }
            return [
                pair.left.path, pair.right.path, pair.isSame ? "same" : "different",
                similarity.map { "\($0.roundedToFourDecimals)" } ?? "no face",
            ]
        }
        try CSVFile.write([["left", "right", "truth", "similarity"]] + rows, to: folder.appending(path: name))
    }
}
