import Foundation
import VisageCore

/// Projects embeddings to a plane: the two directions in which they differ most (principal components, by power
/// iteration).
struct EmbeddingMap {
    private let mean: [Double]
    private let axes: [[Double]]

    /// - Parameter embeddings: determine the directions; all of one dimension.
    /// - Returns: nil for fewer than three embeddings.
    init?(_ embeddings: [Embedding]) {
        guard embeddings.count >= 3, let dimension = embeddings.first?.dimension else { return nil }
        let rows = embeddings.map { $0.values.map(Double.init) }
        let mean = (0..<dimension).map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
        var centered = rows.map { row in zip(row, mean).map(-) }
        var axes: [[Double]] = []
        for axis in 0..<2 {
            // Any start works that is not orthogonal to the result.
            var direction = (0..<dimension).map { cos(Double($0 * (axis + 1))) }
            for _ in 0..<100 {
                var next = [Double](repeating: 0, count: dimension)
                for row in centered {
                    let along = Self.dot(row, direction)
                    for column in next.indices { next[column] += along * row[column] }
                }
                let length = Self.dot(next, next).squareRoot()
                guard length > 1e-12 else { break }
                direction = next.map { $0 / length }
            }
            axes.append(direction)
            centered = centered.map { row in
                let along = Self.dot(row, direction)
                return zip(row, direction).map { $0 - along * $1 }
            }
        }
        self.mean = mean
        self.axes = axes
    }

    func place(_ embedding: Embedding) -> (x: Double, y: Double) {
        let centered = zip(embedding.values, mean).map { Double($0) - $1 }
        return (Self.dot(centered, axes[0]), Self.dot(centered, axes[1]))
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
