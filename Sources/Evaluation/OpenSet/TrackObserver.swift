import Decision
import Recognition
import VisageCore

/// Names the views of a face as the daemon does.
struct TrackObserver {
    private let classifier: GalleryClassifier
    private let rule: EvidenceRule
    /// Time between two views: that between the first embeddings of a new track.
    private static let interval = Duration.milliseconds(120)

    init(_ classifier: GalleryClassifier, rule: EvidenceRule) {
        self.classifier = classifier
        self.rule = rule
    }

    struct Outcome {
        /// Whether a single photo, or a track at any moment, got a name.
        var isEverNamed = false
        /// The name in the end; nil if the verdict is unknown.
        var last: String?
    }

    /// - Parameter views: a single photo, or the views of a track.
    func observe(_ views: [FaceSample]) -> Outcome {
        guard views.count > 1 else {
            let match = views.first.flatMap { classifier.classify(photo: $0.embedding) }
            let name = match.flatMap { $0.accepted ? $0.name : nil }
            return Outcome(isEverNamed: name != nil, last: name)
        }
        var outcome = Outcome()
        var evidence = TrackEvidence(firstSeen: .zero, rule: rule)
        var time = Duration.zero
        func judge() {
            _ = evidence.judge(at: time, by: classifier, unknownID: { _ in "unknown" })
            outcome.last = evidence.verdict?.identity.name
            if outcome.last != nil { outcome.isEverNamed = true }
        }
        for view in views {
            if case .anotherPerson(let samples) = evidence.add(view) {
                // The daemon begins a new track.
                evidence = TrackEvidence(firstSeen: time, rule: rule)
                for sample in samples { _ = evidence.add(sample) }
            }
            judge()
            time += Self.interval
        }
        time += rule.timeout
        judge()
        return outcome
    }
}
