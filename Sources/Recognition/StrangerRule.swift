import Foundation
import Inference
import VisageCore

/// The similarity below which a face is nobody's, however sure the SVM sounds.
public struct StrangerRule: Codable, Sendable, Hashable {
    /// Cosine to a person that a face must reach to get the person's name.
    public private(set) var threshold: Double
    /// The share of strangers who may get a name.
    public let falseNames: Double
    /// Impostor pairs that may be as similar as `threshold`: what is aimed at, spread over the comparisons.
    public let far: Double
    /// By how much the user's own strangers have moved the threshold.
    public private(set) var shift: Double

    enum CodingKeys: String, CodingKey {
        case threshold, far, shift
        case falseNames = "false_names"
    }

    /// The part of the wanted share that is aimed at: strangers differ from place to place, and what is kept on the
    /// average alone is broken at every other place.
    static let aim = 0.5

    /// A stranger is compared with every person of the gallery, so each comparison may go wrong for only a part of the
    /// rate: 1 - (1 - rate)^(1/comparisons). The embedder's measured impostor pairs say how similar that is.
    /// - Parameters:
    ///   - falseNames: the wanted share, 0...1 exclusive.
    ///   - comparisons: that a face must survive: the people of a gallery, or all its photos.
    ///   - curve: points of the embedder's impostor curve, any order.
    /// - Throws: `VisageError` (model) if the curve has fewer than two points.
    public init(falseNames: Double, comparisons: Int, curve: [ModelManifest.ImpostorRate]) throws {
        let curve = try ImpostorCurve(curve)
        self.falseNames = falseNames
        far = Self.share(of: Self.aim * falseNames, comparisons)
        threshold = Self.bounded(curve.similarity(at: far))
        shift = 0
    }

    /// Moves the threshold by what the user's strangers are more alike, or less, than the embedder's figures say: their
    /// most similar tenth is compared, which takes far fewer photos than the rate itself. What they have to say counts
    /// by their number. However, no more of them than the wanted share may get a name.
    /// - Parameter similarities: of each stranger's photo to whom it is most similar.
    /// - Throws: `VisageError` (model) if the curve has fewer than two points.
    mutating func learn(
        from similarities: [Double], comparisons: Int, curve: [ModelManifest.ImpostorRate]
    ) throws {
        let curve = try ImpostorCurve(curve)
        let ranked = similarities.sorted(by: >)
        guard ranked.count >= Self.fewest else { return }
        let observed = ranked[Int(Double(ranked.count) * Self.watched)]
        let expected = curve.similarity(at: Self.share(of: Self.watched, comparisons))
        let weight = Double(ranked.count) / (Double(ranked.count) + Self.doubt)
        let learnt = threshold + weight * (observed - expected)
        let allowed = Int(Double(ranked.count) * falseNames)
        // The first that must not get a name.
        let floor = allowed < ranked.count ? ranked[allowed].nextUp : 0
        let before = threshold
        threshold = max(Self.bounded(learnt), floor)
        shift = threshold - before
    }

    /// Photos of strangers below which nothing is learnt from them.
    static let fewest = 30
    /// The share of strangers whose similarity is compared with the figures.
    private static let watched = 0.1
    /// The embedder's figures count as much as so many photos.
    private static let doubt = 100.0

    /// The cosine that one pair of strangers in 1 / `far` reaches.
    /// - Throws: `VisageError` (model) if the curve has fewer than two points.
    public static func similarity(at far: Double, curve: [ModelManifest.ImpostorRate]) throws -> Double {
        try bounded(ImpostorCurve(curve).similarity(at: far))
    }

    private static func share(of rate: Double, _ comparisons: Int) -> Double {
        1 - pow(1 - rate, 1 / Double(max(1, comparisons)))
    }

    private static func bounded(_ threshold: Double) -> Double { min(0.95, max(0.2, threshold)) }
}

/// How similar different people are under an embedder: straight lines over the logarithm of the rate; beyond the ends
/// the last line goes on.
private struct ImpostorCurve {
    private let points: [(x: Double, y: Double)]

    /// - Throws: `VisageError` (model) if there are fewer than two points.
    init(_ rates: [ModelManifest.ImpostorRate]) throws {
        points = rates.sorted { $0.far > $1.far }.map { (x: log10($0.far), y: $0.similarity) }
        guard points.count >= 2 else {
            throw VisageError(.model, "The embedder has no impostor figures in the manifest to calibrate from")
        }
    }

    func similarity(at far: Double) -> Double {
        let x = log10(far)
        let upper = points.dropFirst().firstIndex { $0.x <= x } ?? points.count - 1
        let (from, to) = (points[upper - 1], points[upper])
        return from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x)
    }
}
