import Foundation

/// Numbers in a row, for sums of products: sixteen at a time, filled up with zeros.
struct Vector: Sendable, Hashable {
    private typealias Lanes = SIMD16<Float>
    private var lanes: [Lanes]

    init(_ values: [Float]) {
        lanes = stride(from: 0, to: values.count, by: Lanes.scalarCount).map { start in
            var lane = Lanes()
            for index in 0..<min(Lanes.scalarCount, values.count - start) { lane[index] = values[start + index] }
            return lane
        }
    }

    /// The first `count`.
    func values(_ count: Int) -> [Float] { (0..<count).map { lanes[$0 / Lanes.scalarCount][$0 % Lanes.scalarCount] } }

    /// Of lanes, which may be more numbers than went in.
    var count: Int { lanes.count * Lanes.scalarCount }

    func scaled(by factor: Float) -> Vector {
        var scaled = self
        for index in scaled.lanes.indices { scaled.lanes[index] *= factor }
        return scaled
    }

    func dot(_ other: Vector) -> Float {
        var sum = Lanes()
        for index in lanes.indices { sum += lanes[index] * other.lanes[index] }
        return sum.sum()
    }

    mutating func add(_ other: Vector, times factor: Float) {
        for index in lanes.indices { lanes[index] += other.lanes[index] * factor }
    }

    /// What Adam (Kingma, Ba: Adam, a method for stochastic optimization, 2015) makes of a gradient.
    mutating func step(_ gradient: Vector, first: inout Vector, second: inout Vector, rate: Float, at step: Int) {
        let (decay, slow): (Float, Float) = (0.9, 0.999)
        let (one, two) = (pow(decay, Float(step)), pow(slow, Float(step)))
        for index in lanes.indices {
            first.lanes[index] = decay * first.lanes[index] + (1 - decay) * gradient.lanes[index]
            second.lanes[index] =
                slow * second.lanes[index] + (1 - slow) * gradient.lanes[index] * gradient.lanes[index]
            let (mean, spread) = (first.lanes[index] / (1 - one), second.lanes[index] / (1 - two))
            lanes[index] -= rate * mean / (spread.squareRoot() + 1e-8)
        }
    }
}
