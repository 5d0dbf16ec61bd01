import Foundation
import Inference
import Recognition
import VisageCore

/// How similar a face must be to an unknown person seen earlier to be re-identified as that person.
///
/// Of a hundred new unknown people at most one may be taken for another: a new id for the same person is put right by
/// `visage label --suggest`, two people under one id are not. The more are kept, the more similar it has to be: each
/// comparison may go wrong for its part of the rate only: 1 - (1 - rate)^(1/people).
public struct ReturnRule: Sendable {
    /// The share of new unknown people who may get another's id.
    public static let wrongReturns = 0.01
    /// The rate is computed for at least this many people, which is FAR 1e-4.
    public static let fewest = 100

    /// Cosine to reach; nil if nothing is known of the embedder: then everybody is new.
    public let threshold: Double?
    /// The share of pairs of different people who are as similar.
    public let far: Double?

    /// - Parameters:
    ///   - count: unknown people to compare with
    ///   - curve: the embedder's impostor figures
    public init(among count: Int, curve: [ModelManifest.ImpostorRate]) {
        let share = 1 - pow(1 - Self.wrongReturns, 1 / Double(max(count, Self.fewest)))
        threshold = try? StrangerRule.similarity(at: share, curve: curve)
        far = threshold == nil ? nil : share
    }
}
