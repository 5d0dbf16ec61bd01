/// A face as a point in the unit ball: one view of it has length 1; the weighted mean of several views is the shorter
/// the more these differ. Biometric data, so it has no description and is never logged.
public struct Embedding: Sendable, Hashable {
    public let values: [Float]
    /// Euclidean length, above 0 and at most 1.
    public let length: Float
    /// How many views it is the mean of.
    public let views: Int

    /// Scales `raw` to unit length; what has that already, but for rounding, stays as it is, so that an embedding
    /// can be written and read without changing. nil if it has no direction: zero, or not finite.
    public init?(normalizing raw: [Float]) {
        let length = Self.length(of: raw)
        guard length.isFinite, length > 1e-6 else { return nil }
        values = abs(length - 1) < 1e-5 ? raw : raw.map { $0 / length }
        self.length = 1
        views = 1
    }

    /// Takes the mean of views as it is. nil if it has no direction, or is longer than views of unit length can make it.
    public init?(mean: [Float], views: Int = 1) {
        let length = Self.length(of: mean)
        guard length > 1e-6, length < 1 + 1e-4 else { return nil }
        values = mean
        self.length = abs(length - 1) < 1e-5 ? 1 : min(1, length)
        self.views = max(1, views)
    }

    public var dimension: Int { values.count }

    /// Scaled to unit length, as if it were one view.
    public var direction: Embedding { Embedding(normalizing: values) ?? self }

    /// How many views taken on different occasions say as much: frames of one moment are nearly the same view. 1 minus the
    /// mean cosine between the views, which the length tells, is about 0.25 for photos from different occasions.
    public var independentViews: Double {
        guard views > 1 else { return 1 }
        let difference = Double(1 - length * length) / (1 - 1 / Double(views))
        return 1 + Double(views - 1) * min(1, max(0, difference / 0.25))
    }

    /// How alike two faces are, -1...1: the cosine, times the geometric mean of both lengths. Embeddings of different
    /// dimension have none: 0.
    ///
    /// The factor keeps the similarities of different people where they are for single views, so that one threshold
    /// holds however many views are averaged on either side. The cosine alone grows with every view, a stranger's too: a
    /// mean keeps what the views share and loses what tells them apart. The plain dot product shrinks with every view, and
    /// people with many photos are lost. Measured on LFW: see docs/accuracy.md.
    public func similarity(_ other: Embedding) -> Double {
        guard values.count == other.values.count else { return 0 }
        var sum: Float = 0
        for index in values.indices { sum += values[index] * other.values[index] }
        return Double(sum / (length * other.length).squareRoot())
    }

    /// The weighted mean, or nil if it has no direction. Weights are above 0.
    public static func mean(_ parts: some Sequence<(embedding: Embedding, weight: Double)>) -> Embedding? {
        var sum: [Float] = []
        var weights = 0.0
        var views = 0
        for (embedding, weight) in parts {
            if sum.isEmpty { sum = [Float](repeating: 0, count: embedding.dimension) }
            guard sum.count == embedding.dimension else { return nil }
            for index in sum.indices { sum[index] += Float(weight) * embedding.values[index] }
            weights += weight
            views += embedding.views
        }
        return weights > 0 ? Embedding(mean: sum.map { $0 / Float(weights) }, views: views) : nil
    }

    private static func length(of values: [Float]) -> Float {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}

extension Embedding: CustomStringConvertible {
    /// Says the dimension only.
    public var description: String { "Embedding(\(dimension))" }
}
