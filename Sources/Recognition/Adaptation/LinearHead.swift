import VisageCore

/// A matrix that turns embeddings into others of the same or another length, in which the people of one place lie
/// further apart.
public struct LinearHead: Sendable, Hashable {
    /// Length of the embeddings that it takes.
    public let inputs: Int
    /// Length of those that it gives.
    public let outputs: Int
    /// `outputs` rows of `inputs` weights.
    let weights: [Vector]

    /// Leaves embeddings as they are.
    init(identityOf dimension: Int) {
        inputs = dimension
        outputs = dimension
        weights = (0..<dimension).map { row in Vector((0..<dimension).map { $0 == row ? 1 : 0 }) }
    }

    init(inputs: Int, weights: [Vector]) {
        self.inputs = inputs
        outputs = weights.count
        self.weights = weights
    }

    /// Weights beyond this belong to no head, and sums of products with them would not stay finite.
    private static let maxWeight: Float = 1e6

    /// Row by row; nil if the numbers are not a whole matrix of weights.
    package init?(inputs: Int, values: [Float]) {
        guard inputs > 0, !values.isEmpty, values.count.isMultiple(of: inputs),
            values.allSatisfy({ abs($0) <= Self.maxWeight })
        else {
            return nil
        }
        self.init(
            inputs: inputs,
            weights: stride(from: 0, to: values.count, by: inputs).map { Vector(Array(values[$0..<$0 + inputs])) })
    }

    /// Row by row.
    var values: [Float] { weights.flatMap { $0.values(inputs) } }

    /// nil for an embedding of another length, or one that vanishes.
    public func apply(_ embedding: Embedding) -> Embedding? {
        guard embedding.dimension == inputs else { return nil }
        let vector = Vector(embedding.values)
        return Embedding(normalizing: weights.map { $0.dot(vector) })
    }
}
