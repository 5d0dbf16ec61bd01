import VisageCore

/// Embeddings one after the other, for comparing one with thousands.
struct EmbeddingMatrix: Sendable {
    private let rows: [Vector]
    private let dimension: Int

    /// - Parameter embeddings: all of one dimension.
    init(_ embeddings: [Embedding]) {
        rows = embeddings.map(Self.scaled)
        dimension = embeddings.first?.dimension ?? 0
    }

    /// Similarity of each row to `embedding`; one of another dimension has none.
    func similarities(to embedding: Embedding) -> [Double] {
        guard embedding.dimension == dimension else { return [Double](repeating: 0, count: rows.count) }
        let probe = Self.scaled(embedding)
        return rows.map { Double($0.dot(probe)) }
    }

    /// With the square root of its length as its length, so that a dot product is `Embedding.similarity`.
    private static func scaled(_ embedding: Embedding) -> Vector {
        let root = embedding.length.squareRoot()
        return Vector(embedding.values.map { $0 / root })
    }
}
