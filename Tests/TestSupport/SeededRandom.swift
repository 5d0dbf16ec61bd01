import VisageCore

/// Random numbers that are the same at every run.
public struct SeededRandom: RandomNumberGenerator {
    private var base: SplitMix

    public init(_ seed: UInt64) { base = SplitMix(seed: seed) }

    public mutating func next() -> UInt64 { base.next() }

    /// Roughly normal: mean 0, deviation 1.
    public mutating func normal() -> Float {
        (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &self) }
    }
}
