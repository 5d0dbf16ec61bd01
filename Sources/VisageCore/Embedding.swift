/// A face as a point on the unit sphere; biometric data, so it has no description and is never logged.
public struct Embedding: Sendable, Hashable {
    /// Unit length.
    public let values: [Float]

    /// Scales `raw` to unit length; what has that already, but for rounding, stays as it is, so that an embedding
    /// can be written and read without changing. nil if it has no direction: zero, or not finite.
    public init?(normalizing raw: [Float]) {
        let length = raw.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        guard length.isFinite, length > 1e-6 else { return nil }
        values = abs(length - 1) < 1e-5 ? raw : raw.map { $0 / length }
    }

    public var dimension: Int { values.count }

    /// Cosine similarity, -1...1. Embeddings of different length have none: 0.
    public func similarity(_ other: Embedding) -> Double {
        guard values.count == other.values.count else { return 0 }
        var sum: Float = 0
        for index in values.indices { sum += values[index] * other.values[index] }
        return Double(sum)
    }

    /// The direction of the weighted sum, or nil if there is none.
    public static func fuse(_ parts: some Sequence<(embedding: Embedding, weight: Double)>) -> Embedding? {
        var sum: [Float] = []
        for (embedding, weight) in parts {
            if sum.isEmpty { sum = [Float](repeating: 0, count: embedding.dimension) }
            guard sum.count == embedding.dimension else { return nil }
            for index in sum.indices { sum[index] += Float(weight) * embedding.values[index] }
        }
        return sum.isEmpty ? nil : Embedding(normalizing: sum)
    }
}

extension Embedding: CustomStringConvertible {
    /// Says the length only.
    public var description: String { "Embedding(\(dimension))" }
}
