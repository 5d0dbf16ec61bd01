// Decision says who each tracked face is: tracks and samples go in, track events come out. It is pure: no clock, no thread,
// no JSON; the same frames and embeddings give the same events.

import Inference

/// The similarities by which tracks are judged; they belong to the embedder.
public struct DecisionRules: Sendable {
    public var evidence: EvidenceRule
    public var reIdentification: ReIdentification

    /// - Parameter curve: the embedder's impostor figures.
    public init(_ curve: [ModelManifest.ImpostorRate]) {
        evidence = EvidenceRule(curve)
        reIdentification = ReIdentification(curve, clearView: evidence.clearView)
    }
}
