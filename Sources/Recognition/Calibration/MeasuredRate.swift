import Foundation

/// A share that was counted, with what the count leaves open.
public struct MeasuredRate: Codable, Sendable, Hashable {
    /// Photos that were looked at.
    public var photos: Int
    /// Photos for which it was so.
    public var count: Int
    /// Whose photos they are.
    public var people: Int
    /// `count` over `photos`; 0 without photos.
    public var rate: Double
    /// Bounds of the exact 95 % interval of Clopper and Pearson (Biometrika 26, 1934), as if each photo were another
    /// person's; photos of one person say less than that.
    public var low: Double
    public var high: Double

    /// - Parameter outcomes: one a photo or track, with whose it is.
    package init(_ outcomes: [(person: String, isSo: Bool)]) {
        self.init(
            count: outcomes.count(where: \.isSo), of: outcomes.count, people: Set(outcomes.map(\.person)).count)
    }

    package init(count: Int, of photos: Int, people: Int) {
        self.photos = photos
        self.count = count
        self.people = people
        rate = photos > 0 ? Double(count) / Double(photos) : 0
        low = count == 0 ? 0 : Self.share { 1 - Self.atMost(count - 1, of: photos, share: $0) - 0.025 }
        high = count >= photos ? 1 : Self.share { 0.025 - Self.atMost(count, of: photos, share: $0) }
    }

    /// Where the growing function passes zero between 0 and 1.
    private static func share(_ function: (Double) -> Double) -> Double {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if function(middle) < 0 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Probability of at most `count` of `total` where each happens with probability `share`.
    private static func atMost(_ count: Int, of total: Int, share: Double) -> Double {
        guard share > 0 else { return 1 }
        guard share < 1 else { return count >= total ? 1 : 0 }
        // The logarithm of the number of ways to choose the hits.
        var ways = 0.0
        return (0...count).reduce(0) { sum, hits in
            if hits > 0 { ways += log(Double(total - hits + 1) / Double(hits)) }
            return sum + exp(ways + Double(hits) * log(share) + Double(total - hits) * log1p(-share))
        }
    }
}
