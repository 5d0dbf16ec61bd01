import VisageCore

/// Embeddings one after the other in memory, for comparing one with thousands.
struct EmbeddingMatrix: Sendable {
    let count: Int
    private let dimension: Int
    /// Row by row; each a multiple of `Lanes` long, filled up with zeros.
    private let rows: [Lanes]
    private let width: Int
    private typealias Lanes = SIMD16<Float>

    /// - Parameter embeddings: all of one length.
    init(_ embeddings: [Embedding]) {
        count = embeddings.count
        dimension = embeddings.first?.dimension ?? 0
        width = (dimension + Lanes.scalarCount - 1) / Lanes.scalarCount
        rows = embeddings.flatMap { Self.lanes(of: $0) }
    }

    /// Cosine of each row to `embedding`; one of another length has none.
    func similarities(to embedding: Embedding) -> [Double] {
        guard embedding.dimension == dimension else { return [Double](repeating: 0, count: count) }
        let probe = Self.lanes(of: embedding)
        return (0..<count).map { row in
            var sum = Lanes()
            for column in 0..<width { sum += rows[row * width + column] * probe[column] }
            return Double(sum.sum())
        }
    }

    private static func lanes(of embedding: Embedding) -> [Lanes] {
        stride(from: 0, to: embedding.dimension, by: Lanes.scalarCount).map { start in
            var lanes = Lanes()
            for lane in 0..<min(Lanes.scalarCount, embedding.dimension - start) {
                lanes[lane] = embedding.values[start + lane]
            }
            return lanes
        }
    }
}
