import VisageCore

/// Embeddings one after the other, for comparing one with thousands.
struct EmbeddingMatrix: Sendable {
    private let rows: [Vector]
    private let dimension: Int

    /// - Parameter embeddings: all of one length.
    init(_ embeddings: [Embedding]) {
        rows = embeddings.map { Vector($0.values) }
        dimension = embeddings.first?.dimension ?? 0
    }

    /// Cosine of each row to `embedding`; one of another length has none.
    func similarities(to embedding: Embedding) -> [Double] {
        guard embedding.dimension == dimension else { return [Double](repeating: 0, count: rows.count) }
        let probe = Vector(embedding.values)
        return rows.map { Double($0.dot(probe)) }
    }
}
