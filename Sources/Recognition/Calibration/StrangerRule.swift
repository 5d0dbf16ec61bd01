import Foundation
import Inference
import VisageCore

/// The similarity below which a face is unknown, even if the SVM is confident.
///
/// The promise: of strangers' photos, at most the share `falseNames` gets a name; and of strangers who pass a camera, at
/// most that share carries a name at any moment of their track.
public struct StrangerRule: Codable, Sendable, Hashable {
    /// Similarity to a person that the face of a single photo must reach to get the person's name.
    public private(set) var threshold: Double
    /// The share of strangers who may get a name.
    public let falseNames: Double
    /// Impostor pairs that may be as similar as `threshold`: what is aimed at, spread over the comparisons.
    public let far: Double
    /// By how much the user's own strangers have moved the threshold.
    public private(set) var shift: Double
    /// nil in galleries that were made before tracks had a threshold of their own, as is `decade`.
    private var calibratedTrackThreshold: Double?
    /// By how much more similar the impostor pairs at a tenth of `far` are.
    private let decade: Double?

    enum CodingKeys: String, CodingKey {
        case threshold, far, shift, decade
        case falseNames = "false_names"
        case calibratedTrackThreshold = "track_threshold"
    }

    /// Similarity that a tracked face must reach.
    public var trackThreshold: Double { calibratedTrackThreshold ?? Self.bounded(threshold + Self.formerStep) }

    /// Whether all numbers are ones that a rule can have.
    var isSound: Bool {
        [threshold, trackThreshold].allSatisfy { (-1...1).contains($0) } && (0...1).contains(falseNames)
            && (0...1).contains(far) && (-2...2).contains(shift) && (-2...2).contains(decade ?? 0)
    }

    /// Whether it was made by this version's rules.
    var isCurrent: Bool { decade != nil }

    /// The part of the wanted share that is aimed at for photos: strangers differ from place to place, and what is kept
    /// on the average alone is broken at every other place.
    static let aim = 0.5
    /// The same for tracks, which are asked about again with every new view, even where the views are frames of one moment
    /// and count as one: up to 1.8 times as many strangers reach the threshold at some view as at the first
    /// (docs/accuracy.md).
    static let trackAim = 0.25
    /// What lies between the two thresholds with the embedders that the older galleries were made with.
    private static let formerStep = 0.025

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
        calibratedTrackThreshold = Self.bounded(
            curve.similarity(at: Self.share(of: Self.trackAim * falseNames, comparisons)))
        decade = curve.similarity(at: far / 10) - curve.similarity(at: far)
        shift = 0
    }

    /// What is held against the thresholds: the similarity of a face to a person, reduced by the more, the more independent
    /// views and photos it rests on.
    ///
    /// Each view of a track is another chance for a stranger, so the wanted rate is divided by their number. And people who
    /// look alike stay as alike in the mean of many pairs of a view and a photo as in one, while a person's own similarity
    /// rises: so more can be asked of many pairs, the rate divided by 1 + 0.4 (pairs - 1). The greater of the two counts.
    /// Measured on LFW (docs/accuracy.md), it costs hardly anybody a name.
    /// - Parameters:
    ///   - views: independent views of the face, at least 1.
    ///   - photos: independent photos of the person, at least 1.
    public func adjusted(_ similarity: Double, views: Double, photos: Double) -> Double {
        similarity - (decade ?? 0) * log10(max(views, 1 + Self.pairShare * (views * photos - 1)))
    }

    private static let pairShare = 0.4

    /// Moves both thresholds by what the user's strangers are more alike, or less, than the embedder's figures say: their
    /// most similar tenth is compared, which takes far fewer photos than the rate itself. What they have to say counts
    /// by their number. However, no more of them than the wanted share may get a name.
    /// - Parameters:
    ///   - similarities: of each stranger's photo to the most similar of one photo of each person.
    ///   - adjusted: of the same photos, what is held against the threshold.
    /// - Throws: `VisageError` (model) if the curve has fewer than two points.
    mutating func learn(
        from similarities: [Double], adjusted: [Double], comparisons: Int, curve: [ModelManifest.ImpostorRate]
    ) throws {
        let curve = try ImpostorCurve(curve)
        let ranked = similarities.sorted(by: >)
        guard ranked.count >= Self.minPhotos else { return }
        let observed = ranked[Int(Double(ranked.count) * Self.comparedShare)]
        let expected = curve.similarity(at: Self.share(of: Self.comparedShare, comparisons))
        let weight = Double(ranked.count) / (Double(ranked.count) + Self.figuresWeight)
        let learnt = threshold + weight * (observed - expected)
        let allowed = Int(Double(ranked.count) * falseNames)
        // The first that must not get a name.
        let floor = allowed < adjusted.count ? adjusted.sorted(by: >)[allowed].nextUp : 0
        let before = (photo: threshold, track: trackThreshold)
        threshold = max(Self.bounded(learnt), floor)
        shift = threshold - before.photo
        calibratedTrackThreshold = Self.bounded(before.track + shift)
    }

    /// Photos of strangers below which nothing is learnt from them.
    static let minPhotos = 30
    /// The share of strangers whose similarity is compared with the figures.
    private static let comparedShare = 0.1
    /// The embedder's figures count as much as so many photos.
    private static let figuresWeight = 100.0

    /// The cosine that one pair of strangers in 1 / `far` reaches.
    /// - Throws: `VisageError` (model) if the curve has fewer than two points.
    public static func similarity(at far: Double, curve: [ModelManifest.ImpostorRate]) throws -> Double {
        try bounded(ImpostorCurve(curve).similarity(at: far))
    }

    /// The same beyond what a threshold may be, for differences.
    package static func unboundedSimilarity(at far: Double, curve: [ModelManifest.ImpostorRate]) throws -> Double {
        try ImpostorCurve(curve).similarity(at: far)
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
