import Recognition
import VisageCore

/// What is known of one tracked face and what was told of it: `appeared`, `identified` or `unknown`, perhaps
/// `revised`, and in the end `lost`.
struct TrackStory {
    /// The tracker's id.
    var id: Int
    /// The number in events; nil until `appeared` was told.
    var number: Int?
    var evidence: TrackEvidence
    let firstSeen: Duration
    /// All that was seen in the box so far.
    private var sightings: Sightings
    /// What was seen until the face in the box was last known to be this one: by the last sample that agreed with the
    /// others, or where `doubtedSince` begins. What came later may be another person's.
    private var certain: Sightings
    /// Of the last sighting.
    private var appearance: FaceAppearance?
    /// Since when it is open whether the face in the box is still the same: it suddenly looked otherwise. Until an
    /// embedding has shown that it is, nothing is said of it.
    private(set) var doubtedSince: Duration?
    /// Views in a row that agreed with the others, since the last time that there was any reason to look again.
    private var confirmations = 0
    /// Of a face too poor to count as evidence: enough to see whether it is one that was here before.
    private(set) var hint: FaceSample?
    /// Jobs under way.
    var pending = 0
    var lastSubmitted: Duration?
    /// The last view that was submitted as a hint: it takes no better one's turn.
    private var lastHint: (time: Duration, quality: Double)?
    /// Best quality, by what can be said before embedding, of a submitted view.
    var bestSubmitted = 0.0

    /// Views from before the first verdict: who turns out to be unknown leaves them.
    private(set) var views: [FaceView] = []
    /// Samples that the memory of unknown people has heard of.
    var remembered = 0

    /// Views that wait for the verdict, at most.
    private static let maxViews = 8

    /// Similarity of appearance below which a face may be another one: `soon` from one frame to the next or after the face was
    /// not detected, `late` at the next frame of a slow camera.
    private static let minSimilarity: (soon: Float, late: Float) = (0.7, 0.4)
    private static let soon = Duration.milliseconds(60)
    /// How long a doubt lasts that no embedding decides, and one for which an embedding is on its way.
    private static let doubtTimeout = Duration.milliseconds(500)
    private static let longDoubtTimeout = Duration.milliseconds(1500)

    init(id: Int, firstSeen: Duration, view: FaceSighting, score: Double, rule: EvidenceRule) {
        self.id = id
        self.firstSeen = firstSeen
        sightings = Sightings(view, score: score, at: firstSeen)
        certain = sightings
        evidence = TrackEvidence(firstSeen: firstSeen, rule: rule)
    }

    var lastSeen: Duration { sightings.time }
    /// The sighting at `lastSeen`.
    var view: FaceSighting { sightings.view }
    var score: Double { sightings.score }
    /// Of the best quality.
    var best: FaceSighting { sightings.best }

    /// What the face can be compared by.
    var embedding: Embedding? { evidence.fused ?? hint?.embedding }

    /// Where the face was last seen.
    var box: BoundingBox { view.box }

    /// Samples in the evidence or on their way there.
    var asked: Int { evidence.count + pending }

    /// - Parameter wasAway: not seen in the frame before.
    mutating func seen(
        _ view: FaceSighting, score: Double, appearance: FaceAppearance?, wasAway: Bool, at time: Duration
    ) {
        if let since = doubtedSince, time - since >= (pending > 0 ? Self.longDoubtTimeout : Self.doubtTimeout) {
            doubtedSince = nil
        }
        if wasAway { confirmations = 0 }
        if let before = self.appearance, let appearance, evidence.count > 0, doubtedSince == nil {
            let minimum = wasAway || time - lastSeen <= Self.soon ? Self.minSimilarity.soon : Self.minSimilarity.late
            if before.similarity(appearance) < minimum { (doubtedSince, confirmations) = (time, 0) }
        }
        self.appearance = appearance
        // The sighting that raised the doubt is the first that may be another's.
        if doubtedSince == time { certain = sightings }
        sightings.add(view, score: score, at: time)
    }

    /// The face in the box is another's: what was seen since this one was last certain does not belong here.
    mutating func leave() {
        doubtedSince = nil
        sightings = certain
    }

    /// A sample of a view agreed with the others.
    mutating func confirm(_ view: FaceSighting, score: Double, at time: Duration) {
        guard doubtedSince == nil, time >= certain.time else { return }
        confirmations += 1
        let isBestLater = sightings.best.frame > view.frame
        let best = isBestLater ? certain.best : sightings.best
        certain = Sightings(view, score: score, at: time)
        certain.consider(best)
    }

    /// A view of the face in doubt was embedded.
    /// - Returns: nil if it is too poor to tell; otherwise whether it is the same face.
    mutating func isSame(_ sample: FaceSample) -> Bool? {
        let isSame = evidence.agrees(sample)
        if isSame == true { doubtedSince = nil }
        return isSame
    }

    mutating func add(hint sample: FaceSample) {
        if sample.quality.overall >= hint?.quality.overall ?? 0 { hint = sample }
    }

    mutating func add(_ view: FaceView) {
        if views.count < Self.maxViews { views.append(view) }
    }

    /// Takes out the views that wait.
    mutating func takeViews() -> [FaceView] {
        defer { views = [] }
        return views
    }

    /// Takes over what was seen of the same face on another track.
    mutating func absorb(_ newer: TrackStory) {
        sightings.add(newer.view, score: newer.score, at: newer.lastSeen)
        sightings.consider(newer.best)
        certain = sightings
        evidence.absorb(newer.evidence)
        if let hint = newer.hint { add(hint: hint) }
        views += newer.views
        lastSubmitted = newer.lastSubmitted
        appearance = newer.appearance
        (doubtedSince, confirmations) = (nil, 0)
    }

    /// Whether this view should be embedded: the face is new, it is clearly better seen than before, or it is time
    /// to confirm.
    func wants(_ quality: Double, at time: Duration, _ policy: EmbeddingPolicy) -> Bool {
        guard quality >= policy.minQuality else { return false }
        guard let lastSubmitted else { return true }
        let since = time - lastSubmitted
        if let doubtedSince, lastSubmitted < doubtedSince || pending == 0 { return true }
        if asked < policy.firstSamples { return since >= policy.spacing }
        if quality > policy.clearlyBetter * bestSubmitted { return since >= policy.spacing }
        return since >= confirmationInterval(policy)
    }

    /// How long a face that was embedded often enough waits for the next time: the surer it is, the longer.
    private func confirmationInterval(_ policy: EmbeddingPolicy) -> Duration {
        let surplus = min(16, max(0, confirmations - policy.firstSamples))
        guard evidence.verdict != nil, surplus > 0 else { return policy.confirmEvery }
        return min(policy.confirmEvery * (1 << surplus), policy.confirmAtLeastEvery)
    }

    /// Whether this view, too poor to be evidence, should be embedded all the same: there is nothing better yet.
    func wantsHint(_ quality: Double, at time: Duration, _ policy: EmbeddingPolicy) -> Bool {
        guard asked == 0, quality >= policy.minHintQuality else { return false }
        return lastHint.map { quality > policy.clearlyBetter * $0.quality && time - $0.time >= policy.spacing } ?? true
    }

    mutating func submitted(_ quality: Double, isHint: Bool, at time: Duration) {
        pending += 1
        if isHint {
            lastHint = (time, quality)
        } else {
            lastSubmitted = time
            bestSubmitted = max(bestSubmitted, quality)
        }
    }
}
