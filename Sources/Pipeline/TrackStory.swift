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
    /// Jobs under way.
    var pending = 0
    var lastSubmitted: Duration?
    /// Best quality, by what can be said before embedding, of a submitted view.
    var bestSubmitted = 0.0

    /// Views from before the first verdict: who turns out to be unknown leaves them.
    private(set) var views: [FaceView] = []
    /// Samples that the memory of unknown people has heard of.
    var remembered = 0

    /// Views that wait for the verdict, at most.
    private static let mostViews = 8

    init(id: Int, firstSeen: Duration, view: Event.View, score: Double) {
        self.id = id
        self.firstSeen = firstSeen
        lastSeen = firstSeen
        self.view = view
        self.score = score
        best = view
        evidence = TrackEvidence(firstSeen: firstSeen)
    }

    /// Samples in the evidence or on their way there.
    var asked: Int { evidence.count + pending }

    mutating func seen(_ view: Event.View, score: Double, at time: Duration) {
        lastSeen = time
        self.view = view
        self.score = score
        if view.quality > best.quality { best = view }
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
        views += newer.views
        lastSubmitted = newer.lastSubmitted
    }

    /// Whether this view should be embedded: the face is new, it is clearly better seen than before, or it is time
    /// to confirm.
    func wants(_ quality: Double, at time: Duration, _ policy: EmbeddingPolicy) -> Bool {
        guard quality >= policy.leastQuality else { return false }
        guard let lastSubmitted else { return true }
        let since = time - lastSubmitted
        if asked < policy.firstSamples { return since >= policy.spacing }
        if quality > policy.clearlyBetter * bestSubmitted { return since >= policy.spacing }
        return since >= policy.confirmEvery
    }

    mutating func submitted(_ quality: Double, at time: Duration) {
        pending += 1
        lastSubmitted = time
        bestSubmitted = max(bestSubmitted, quality)
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

    public init() {}
}
