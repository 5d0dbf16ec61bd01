import Foundation
import Inference
import VisageCore

/// The similarity below which a face is nobody's, however sure the SVM sounds.
public struct StrangerRule: Codable, Sendable, Hashable {
    /// Cosine to a person's mean that a face must reach to get the person's name.
    public var threshold: Double
    /// The share of strangers who may get a name.
    public var falseNames: Double
    /// Impostor pairs that may be as similar as `threshold`: what `falseNames` leaves to each of the people.
    public var far: Double

    enum CodingKeys: String, CodingKey {
        case threshold, far
        case falseNames = "false_names"
    }

    /// A stranger meets every person of the gallery, so each may be mistaken for only a part of the rate:
    /// 1 - (1 - rate)^(1/people). The embedder's measured impostor pairs say how similar that is.
    /// - Parameters:
    ///   - falseNames: the wanted share, 0...1 exclusive.
    ///   - curve: points of the embedder's impostor curve, any order.
    /// - Throws: `VisageError` (model) if the curve has fewer than two points.
    public init(falseNames: Double, people: Int, curve: [ModelManifest.ImpostorRate]) throws {
        let points = curve.sorted { $0.far > $1.far }.map { (x: log10($0.far), y: $0.similarity) }
        guard points.count >= 2 else {
            throw VisageError(.model, "The embedder has no impostor figures in the manifest to calibrate from")
        }
        self.falseNames = falseNames
        far = 1 - pow(1 - falseNames, 1 / Double(max(1, people)))
        let x = log10(far)
        // Straight lines over the logarithm of the rate; beyond the ends the last line goes on.
        let upper = points.dropFirst().firstIndex { $0.x <= x } ?? points.count - 1
        let (from, to) = (points[upper - 1], points[upper])
        threshold = min(0.95, max(0.2, from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x)))
    }
}
