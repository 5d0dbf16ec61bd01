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
    private var look: FaceLook?
    /// Since when it is open whether the face in the box is still the same: it suddenly looked otherwise. Until an
    /// embedding has shown that it is, nothing is said of it.
    private(set) var doubtedSince: Duration?
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
    private static let mostViews = 8

    /// Likeness below which a face may be another one: a moment later, or after it was not seen; and at the next frame of a
    /// slow camera.
    private static let likeness: (soon: Float, late: Float) = (0.7, 0.4)
    private static let soon = Duration.milliseconds(60)
    /// How long a doubt lasts that no embedding decides, and one for which an embedding is on its way.
    private static let doubt = Duration.milliseconds(500)
    private static let longDoubt = Duration.milliseconds(1500)

    init(id: Int, firstSeen: Duration, view: Event.View, score: Double, rule: EvidenceRule) {
        self.id = id
        self.firstSeen = firstSeen
        sightings = Sightings(view, score: score, at: firstSeen)
        certain = sightings
        evidence = TrackEvidence(firstSeen: firstSeen, rule: rule)
    }

    var lastSeen: Duration { sightings.time }
    /// The sighting at `lastSeen`.
    var view: Event.View { sightings.view }
    var score: Double { sightings.score }
    /// Of the best quality.
    var best: Event.View { sightings.best }

    /// What the face can be compared by.
    var embedding: Embedding? { evidence.fused ?? hint?.embedding }

    /// Where the face was last seen.
    var box: BoundingBox { Event.box(view.box) }

    /// Samples in the evidence or on their way there.
    var asked: Int { evidence.count + pending }

    /// - Parameter wasAway: not seen in the frame before.
    mutating func seen(_ view: Event.View, score: Double, look: FaceLook?, wasAway: Bool, at time: Duration) {
        if let since = doubtedSince, time - since >= (pending > 0 ? Self.longDoubt : Self.doubt) { doubtedSince = nil }
        if let before = self.look, let look, evidence.count > 0, doubtedSince == nil {
            let least = wasAway || time - lastSeen <= Self.soon ? Self.likeness.soon : Self.likeness.late
            if before.likeness(look) < least { doubtedSince = time }
        }
        self.look = look
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
    mutating func confirm(_ view: Event.View, score: Double, at time: Duration) {
        guard doubtedSince == nil, time >= certain.time else { return }
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
        if views.count < Self.mostViews { views.append(view) }
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
        look = newer.look
        doubtedSince = nil
    }

    /// Whether this view should be embedded: the face is new, it is clearly better seen than before, or it is time
    /// to confirm.
    func wants(_ quality: Double, at time: Duration, _ policy: EmbeddingPolicy) -> Bool {
        guard quality >= policy.leastQuality else { return false }
        guard let lastSubmitted else { return true }
        let since = time - lastSubmitted
        if let doubtedSince, lastSubmitted < doubtedSince || pending == 0 { return true }
        if asked < policy.firstSamples { return since >= policy.spacing }
        if quality > policy.clearlyBetter * bestSubmitted { return since >= policy.spacing }
        return since >= policy.confirmEvery
    }

    /// Whether this view, too poor to be evidence, should be embedded all the same: there is nothing better yet.
    func wantsHint(_ quality: Double, at time: Duration, _ policy: EmbeddingPolicy) -> Bool {
        guard asked == 0, quality >= policy.leastHint else { return false }
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

/// Where a face was seen last, and how it was seen best.
private struct Sightings {
    private(set) var time: Duration
    private(set) var view: Event.View
    private(set) var score: Double
    private(set) var best: Event.View

    init(_ view: Event.View, score: Double, at time: Duration) {
        (self.time, self.view, self.score, best) = (time, view, score, view)
    }

    mutating func add(_ view: Event.View, score: Double, at time: Duration) {
        (self.time, self.view, self.score) = (time, view, score)
        consider(view)
    }

    /// Takes a view for the best if it is better.
    mutating func consider(_ view: Event.View) {
        if view.quality > best.quality { best = view }
    }
}

/// A face as it is drawn and listed.
package struct ShownFace: Sendable {
    /// nil while the track was not told of.
    package let number: Int?
    package let face: Face
    package let verdict: Verdict?
}

/// Which views of a tracked face are embedded.
public struct EmbeddingPolicy: Sendable {
    /// Views of less quality say nothing.
    public var leastQuality = 0.08
    /// Views from here on tell at least whether a face is one that was here before: a girl's of 30 pixels were as alike as
    /// 0.56 to her own of seconds ago, and -0.07 to those of a man beside her.
    public var leastHint = 0.005
    /// A new face gets this many as fast as `spacing` allows.
    public var firstSamples = 4
    /// Views closer together say the same.
    public var spacing = Duration.milliseconds(120)
    public var clearlyBetter = 1.25
    public var confirmEvery = Duration.seconds(1)
    /// Jobs under way for one camera; more faces than that take turns.
    public var inFlight = 6
    /// Of files: a result applies exactly so many frames after its job was submitted.
    public var delay = 8
    /// The same while a face has no verdict, which waits for it, or is in doubt.
    public var firstDelay = 3

    public init() {}
}
