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
    var lastSeen: Duration
    /// The sighting at `lastSeen`.
    private(set) var view: Event.View
    private(set) var score: Double
    var best: Event.View
    /// At `lastSeen`.
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

    init(id: Int, firstSeen: Duration, view: Event.View, score: Double) {
        self.id = id
        self.firstSeen = firstSeen
        lastSeen = firstSeen
        self.view = view
        self.score = score
        best = view
        evidence = TrackEvidence(firstSeen: firstSeen)
    }

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
        seen(view, score: score, at: time)
    }

    private mutating func seen(_ view: Event.View, score: Double, at time: Duration) {
        lastSeen = time
        self.view = view
        self.score = score
        if view.quality > best.quality { best = view }
    }

    /// The face in the box is another's.
    mutating func leave() { doubtedSince = nil }

    /// A view of the face in doubt was embedded.
    /// - Returns: nil if it is too poor to tell; otherwise whether it is the same face.
    mutating func isSame(_ sample: FaceSample) -> Bool? {
        guard let fused = evidence.fused else { return nil }
        let isSame = fused.similarity(sample.embedding) >= TrackEvidence.Options().contradiction
        guard isSame || sample.quality.overall >= TrackEvidence.Options().telling else { return nil }
        if isSame { doubtedSince = nil }
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
        seen(newer.view, score: newer.score, at: newer.lastSeen)
        if newer.best.quality > best.quality { best = newer.best }
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
    /// The same for a face's first view, for which its first word may wait.
    public var firstDelay = 3

    public init() {}
}
