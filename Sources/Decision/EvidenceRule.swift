import Inference
import Recognition
import VisageCore

/// When a track's evidence suffices for a verdict, and when a view contradicts it. Similarities come from the embedder's
/// own impostor figures.
public struct EvidenceRule: Sendable {
    /// Sum of qualities that suffices for a name, and for calling somebody unknown, which takes more: early views are
    /// often poor, and poor views look like nobody.
    public var weightForName = 0.5
    public var weightForUnknown = 1.0
    public var samplesForName = 2
    public var samplesForUnknown = 3
    /// Similarity beyond the threshold with which a name needs no weight: 1.3 decades of the impostor curve, which one
    /// in twenty of those strangers reaches who come as far as the threshold.
    public var clearlyAbove: Double
    /// Quality of the best view without which people are not told apart: in a dark hall, faces at 0.1 of different
    /// people are as alike as 0.84.
    public var clearView = 0.2
    /// After this long with at least one sample, a verdict is given on what there is.
    public var timeout = Duration.milliseconds(1500)
    /// Similarity beyond the threshold that turns a verdict between unknown and known: a third of a decade, which halves
    /// the strangers who come so far.
    public var hysteresis: Double
    /// Similarity by which another person must be ahead to take over a name: half a decade.
    public var lead: Double
    /// New samples without which a verdict stands.
    public var samplesToRevise = 2
    /// A good view that is less similar than this to the mean of the others is another person's: FAR 5e-2. One person's
    /// views of good quality hardly ever fall below it.
    public var contradiction: Double
    /// Two such views are of one person if they are as similar as this to each other: FAR 1e-4.
    public var agreement: Double
    /// Quality from which a view can contradict.
    public var contradictingQuality = 0.15
    /// Samples that are kept; beyond them the poorest goes.
    public var capacity = 16

    /// The step from FAR 1e-2 to 1e-3 where nobody has measured the embedder: those in the manifest have 0.07 to 0.13.
    private static let typicalDecade = 0.1

    /// - Parameter curve: the embedder's impostor figures. Without them no view contradicts.
    public init(_ curve: [ModelManifest.ImpostorRate]) {
        func similarity(_ far: Double) -> Double? { try? StrangerRule.unboundedSimilarity(at: far, curve: curve) }
        let decade = similarity(1e-3).flatMap { upper in similarity(1e-2).map { upper - $0 } } ?? Self.typicalDecade
        clearlyAbove = 1.3 * decade
        hysteresis = decade / 3
        lead = decade / 2
        contradiction = similarity(5e-2) ?? -1
        agreement = similarity(1e-4) ?? 1
    }
}
