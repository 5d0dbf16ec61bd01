import Foundation
import Inference
import VisageCore

/// The verification protocol of LFW: decides for pairs of images, by cosine similarity, whether they show the same person.
public struct Verification: Sendable {
    /// Keys as `visage verify --json` prints them.
    public struct Summary: Codable, Sendable {
        public var pairs: Int
        /// Mean over the folds; the threshold for each fold is chosen on the other folds.
        public var accuracyMean: Double
        /// Standard error of that mean.
        public var accuracyStderr: Double
        /// True accept rate by false accept rate: mates are the file's same pairs, impostors all pairs of its
        /// images with different names.
        public var tar: [String: Double]
        public var impostors: Int
        public var noFace: Int

        enum CodingKeys: String, CodingKey {
            case pairs, tar, impostors
            case accuracyMean = "accuracy_mean"
            case accuracyStderr = "accuracy_stderr"
            case noFace = "no_face"
        }
    }

    /// Pixels that an image is scaled to for detection; the published figures are measured at this size.
    package static let detectorInput = 320

    static let rates = ["0.01", "0.001", "0.0001"]

    public let summary: Summary
    /// Cosine similarity by false accept rate, as in `impostors` of the model manifest.
    public let similarity: [String: Double]

    /// `similarity` in the form of the model manifest, the highest rate first.
    package var impostorRates: [ModelManifest.ImpostorRate] {
        similarity.compactMap { rate, similarity in
            Double(rate).map { ModelManifest.ImpostorRate(far: $0, similarity: similarity) }
        }.sorted { $0.far > $1.far }
    }

    /// - Parameter embeddings: of the images that have a face. A pair with an image without a face counts as wrong at every
    ///   threshold, and as a mate that is not accepted.
    public init(_ pairs: LFWPairs, embeddings: [LFWPairs.Image: Embedding]) {
        func similarity(_ pair: LFWPairs.Pair) -> Double? {
            guard let left = embeddings[pair.left], let right = embeddings[pair.right] else { return nil }
            return left.similarity(right)
        }
        let folds = pairs.folds.map { $0.map { (same: $0.isSame, similarity: similarity($0)) } }
        let accuracies = folds.indices.map { test -> Double in
            let rest = folds.enumerated().filter { $0.offset != test }.flatMap(\.element)
            let threshold = Self.bestThreshold(rest)
            return Double(folds[test].count { Self.isRight($0, threshold) }) / Double(folds[test].count)
        }
        let mean = accuracies.reduce(0, +) / Double(accuracies.count)
        let variance = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, accuracies.count - 1))

        let images = pairs.images
        var impostors: [Float] = []
        for (index, left) in images.enumerated() {
            guard let one = embeddings[left] else { continue }
            for right in images[(index + 1)...] where right.name != left.name {
                if let other = embeddings[right] { impostors.append(Float(one.similarity(other))) }
            }
        }
        impostors.sort(by: >)
        let mates = folds.flatMap { $0 }.filter(\.same)
        var tar: [String: Double] = [:]
        var similarities: [String: Double] = [:]
        for rate in Self.rates {
            // The threshold that at most this share of the impostors exceeds.
            let allowed = Int(Double(impostors.count) * (Double(rate) ?? 0))
            guard allowed < impostors.count, !mates.isEmpty else { continue }
            let threshold = Double(impostors[allowed])
            similarities[rate] = threshold.roundedToFourDecimals
            tar[rate] =
                (Double(mates.count { $0.similarity.map { $0 > threshold } ?? false }) / Double(mates.count))
                .roundedToFourDecimals
        }
        self.similarity = similarities
        summary = Summary(
            pairs: pairs.pairs.count, accuracyMean: mean.roundedToFourDecimals,
            accuracyStderr: ((variance / Double(accuracies.count)).squareRoot()).roundedToFourDecimals, tar: tar,
            impostors: impostors.count, noFace: images.count - embeddings.count)
    }

    private static func isRight(_ pair: (same: Bool, similarity: Double?), _ threshold: Double) -> Bool {
        pair.similarity.map { ($0 >= threshold) == pair.same } ?? false
    }

    /// The threshold with the most right answers; halfway between the two similarities around it.
    static func bestThreshold(_ pairs: [(same: Bool, similarity: Double?)]) -> Double {
        let ranked = pairs.compactMap { pair in pair.similarity.map { (same: pair.same, similarity: $0) } }
            .sorted { $0.similarity > $1.similarity }
        guard let first = ranked.first else { return 0 }
        // With the threshold above all, all different pairs are right; each pair below it changes one answer.
        var right = ranked.count { !$0.same }
        var best = (right: right, threshold: first.similarity + 1e-6)
        for (index, pair) in ranked.enumerated() {
            right += pair.same ? 1 : -1
            if right > best.right {
                let next = index + 1 < ranked.count ? ranked[index + 1].similarity : pair.similarity - 1e-6
                best = (right, (pair.similarity + next) / 2)
            }
        }
        return best.threshold
    }
}
