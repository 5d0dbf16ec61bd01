import VisageCore

/// Everything that was learned of one track's face, fused into one embedding, and the verdict held on it.
///
/// The verdict comes as soon as the evidence suffices and is revised only by clearly more: a name does not flicker.
/// Times are the frames' pts, so the same frames give the same verdicts.
public struct TrackEvidence: Sendable {
    /// What a sample did to the evidence.
    public enum Outcome: Sendable {
        case added
        /// It does not fit; it is not counted unless the next ones agree with it.
        case doubted
        /// A second one does not fit either, and fits the first: this is another person's face now.
        case anotherPerson(samples: [FaceSample])
    }

    public private(set) var verdict: Verdict?
    /// The mean of all samples, weighted by the squares of their qualities.
    public private(set) var fused: Embedding?
    /// Counted samples, also those that had to go.
    public private(set) var count = 0
    private var weight = 0.0
    private var samples: [FaceSample] = []
    private var doubts: [FaceSample] = []
    private var countAtVerdict = 0
    private let rule: EvidenceRule
    private let firstSeen: Duration

    public init(firstSeen: Duration, rule: EvidenceRule) {
        self.firstSeen = firstSeen
        self.rule = rule
    }

    /// The best quality so far.
    public var bestQuality: Double { samples.map(\.quality.overall).max() ?? 0 }

    /// For those who remember unknown people; nil before the first sample.
    public var face: UnknownFace? {
        fused.map {
            UnknownFace(
                embedding: $0, weight: weight,
                isClear: weight >= rule.weightForUnknown && bestQuality >= rule.clearView)
        }
    }

    public mutating func add(_ sample: FaceSample) -> Outcome {
        if count >= 2, agrees(sample) == false {
            if let doubt = doubts.last, doubt.embedding.similarity(sample.embedding) >= rule.agreement {
                return .anotherPerson(samples: [doubt, sample])
            }
            doubts = [sample]
            return .doubted
        }
        doubts = []
        count += 1
        weight += sample.quality.overall
        samples.append(sample)
        if samples.count > rule.capacity,
            let poorest = samples.indices.min(by: { samples[$0].quality.overall < samples[$1].quality.overall })
        {
            samples.remove(at: poorest)
        }
        // A view that is half as good says much less than half as much.
        fused = Embedding.mean(
            samples.map { ($0.embedding, max(0.01, $0.quality.overall * $0.quality.overall)) })
        return .added
    }

    /// Whether a view shows the same person as the others; nil if it is too poor to tell.
    public func agrees(_ sample: FaceSample) -> Bool? {
        guard let fused else { return nil }
        if fused.similarity(sample.embedding) >= rule.contradiction { return true }
        return sample.quality.overall >= rule.contradictingQuality ? false : nil
    }

    /// Takes over what is known of the same person's earlier track.
    public mutating func absorb(_ newer: TrackEvidence) {
        for sample in newer.samples { _ = add(sample) }
    }

    /// Asks the classifier and changes the verdict if there are grounds.
    /// - Parameter unknownID: asked once a face turns out to be unknown: what it is called.
    /// - Returns: whether the verdict changed.
    public mutating func judge(
        at time: Duration, by classifier: (any IdentityClassifier)?, unknownID: (UnknownFace) -> String
    ) -> Bool {
        guard let fused, let face, count > 0 else { return false }
        let match = classifier?.classify(fused)
        let threshold = classifier?.trackThreshold ?? 1
        let known = match.flatMap { $0.accepted ? $0.name : nil }
        let mayWait = time - firstSeen < rule.timeout
        if let held = verdict {
            verdict?.samples = count
            if held.identity.name == known {
                verdict?.match = match
                return false
            }
            guard count - countAtVerdict >= rule.samplesToRevise, overturns(match, held, threshold) else {
                return false
            }
        } else if let match, known != nil {
            let isClear = match.similarity >= threshold + rule.clearlyAbove
            guard !mayWait || (count >= rule.samplesForName && (isClear || weight >= rule.weightForName)) else {
                return false
            }
        } else {
            guard !mayWait || (count >= rule.samplesForUnknown && weight >= rule.weightForUnknown) else {
                return false
            }
        }
        let identity = known.map(Identity.person) ?? .unknown(id: unknownID(face))
        verdict = Verdict(identity: identity, match: match, samples: count)
        countAtVerdict = count
        return true
    }

    /// The unknown face turned out to be that of an earlier unknown person.
    mutating func correct(unknownID id: String) { verdict?.identity = .unknown(id: id) }

    /// Whether `match` is far enough from what is held.
    private func overturns(_ match: Match?, _ held: Verdict, _ threshold: Double) -> Bool {
        guard let match else { return true }
        switch (held.identity, match.accepted) {
        case (.unknown, _): return match.similarity >= threshold + rule.hysteresis
        case (.person, false): return match.similarity < threshold - rule.hysteresis
        case (.person, true):
            return match.similarity >= threshold + rule.hysteresis && (match.margin ?? 1) >= rule.lead
        }
    }
}
