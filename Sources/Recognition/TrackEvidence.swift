import VisageCore

/// Everything that was learned of one track's face, fused into one embedding, and the verdict held on it.
///
/// The verdict comes as soon as the evidence suffices and is revised only by clearly more: a name does not flicker.
/// Times are the frames' pts, so the same frames give the same verdicts.
public struct TrackEvidence: Sendable {
    public struct Options: Sendable {
        /// Sum of qualities that suffices for a name, and for calling somebody unknown, which takes more: early
        /// views are often poor, and poor views look like nobody.
        public var weightForName = 0.5
        public var weightForUnknown = 1.0
        public var samplesForName = 2
        public var samplesForUnknown = 3
        /// Similarity beyond the threshold that needs no weight: not one stranger in a thousand comes this far.
        public var clearlyAbove = 0.12
        /// Quality of the best view without which people are not told apart: in a dark hall, faces at 0.1 of different
        /// people are as alike as 0.84.
        public var clearView = 0.2
        /// After this long with at least one sample, what there is has to do.
        public var patience = Duration.milliseconds(1500)
        /// Similarity beyond the threshold that turns a verdict between unknown and known.
        public var hysteresis = 0.03
        /// Similarity that another person must be ahead by to take over a name.
        public var lead = 0.05
        /// New samples without which a verdict stands.
        public var samplesToRevise = 2
        /// Less similar than this to the fused rest, a good view is another person's: one person's views of good
        /// quality hardly ever fall below it.
        public var contradiction = 0.25
        /// Quality from which a view says so.
        public var telling = 0.15
        /// Samples that are kept; beyond them the poorest goes.
        public var capacity = 16

        public init() {}
    }

    /// What a sample did to the evidence.
    public enum Outcome: Sendable {
        case added
        /// It does not fit; it is not counted unless the next ones agree with it.
        case doubted
        /// A second one does not fit either, and fits the first: this is another person's face now.
        case anotherPerson(samples: [FaceSample])
    }

    public private(set) var verdict: Verdict?
    /// The direction of all samples, weighted by quality.
    public private(set) var fused: Embedding?
    /// Counted samples, also those that had to go.
    public private(set) var count = 0
    private var weight = 0.0
    private var samples: [FaceSample] = []
    private var doubts: [FaceSample] = []
    private var countAtVerdict = 0
    private let options: Options
    private let firstSeen: Duration

    public init(firstSeen: Duration, options: Options = Options()) {
        self.firstSeen = firstSeen
        self.options = options
    }

    /// The best quality so far.
    public var bestQuality: Double { samples.map(\.quality.overall).max() ?? 0 }

    /// For those who remember unknown people; nil before the first sample.
    public var face: UnknownFace? {
        fused.map {
            UnknownFace(
                embedding: $0, weight: weight,
                isClear: weight >= options.weightForUnknown && bestQuality >= options.clearView)
        }
    }

    public mutating func add(_ sample: FaceSample) -> Outcome {
        if let fused, count >= 2, sample.quality.overall >= options.telling,
            fused.similarity(sample.embedding) < options.contradiction
        {
            if let doubt = doubts.last, doubt.embedding.similarity(sample.embedding) > 2 * options.contradiction {
                return .anotherPerson(samples: [doubt, sample])
            }
            doubts = [sample]
            return .doubted
        }
        doubts = []
        count += 1
        weight += sample.quality.overall
        samples.append(sample)
        if samples.count > options.capacity,
            let poorest = samples.indices.min(by: { samples[$0].quality.overall < samples[$1].quality.overall })
        {
            samples.remove(at: poorest)
        }
        // A view that is half as good says much less than half as much.
        fused = Embedding.fuse(
            samples.map { ($0.embedding, max(0.01, $0.quality.overall * $0.quality.overall)) })
        return .added
    }

    /// Takes over what is known of the same person's earlier track.
    public mutating func absorb(_ newer: TrackEvidence) {
        for sample in newer.samples { _ = add(sample) }
    }

    /// Asks the classifier and changes the verdict if there are grounds.
    /// - Parameter unknownID: asked once a face turns out to be unknown: what it is called.
    /// - Returns: whether the verdict changed.
    public mutating func judge(
        at time: Duration, by classifier: (any IdentityClassifier)?, threshold: Double,
        unknownID: (UnknownFace) -> String
    ) -> Bool {
        guard let fused, let face, count > 0 else { return false }
        let match = classifier?.classify(fused)
        let known = match.flatMap { $0.accepted ? $0.name : nil }
        let isPatient = time - firstSeen < options.patience
        if let held = verdict {
            verdict?.samples = count
            if held.identity.name == known {
                verdict?.match = match
                return false
            }
            guard count - countAtVerdict >= options.samplesToRevise, overturns(match, held, threshold) else {
                return false
            }
        } else if let match, known != nil {
            let isClear = match.similarity >= threshold + options.clearlyAbove
            guard !isPatient || (count >= options.samplesForName && (isClear || weight >= options.weightForName)) else {
                return false
            }
        } else {
            guard !isPatient || (count >= options.samplesForUnknown && weight >= options.weightForUnknown) else {
                return false
            }
        }
        let identity = known.map(Identity.person) ?? .unknown(id: unknownID(face))
        verdict = Verdict(identity: identity, match: match, samples: count)
        countAtVerdict = count
        return true
    }

    /// Whether `match` is far enough from what is held.
    private func overturns(_ match: Match?, _ held: Verdict, _ threshold: Double) -> Bool {
        guard let match else { return true }
        switch (held.identity, match.accepted) {
        case (.unknown, _): return match.similarity >= threshold + options.hysteresis
        case (.person, false): return match.similarity < threshold - options.hysteresis
        case (.person, true):
            return match.similarity >= threshold + options.hysteresis && (match.margin ?? 1) >= options.lead
        }
    }
}
