import Foundation
import Inference
import VisageCore

/// Tries the stranger rule the way the daemon uses it, on people drawn at random: a gallery of some with several photos
/// each, their other photos as probes, and everybody else as strangers. Probes and strangers are shown as single photos, or
/// as tracks of several views that are judged after each view.
public struct OpenSetTrial: Sendable {
    /// One photo of somebody.
    public struct Photo: Sendable {
        public let person: String
        public let sample: FaceSample

        public init(person: String, sample: FaceSample) {
            self.person = person
            self.sample = sample
        }
    }

    /// What is tried.
    public struct Cell: Sendable {
        /// In the gallery.
        public var people: Int
        /// Enrolled of each person; of a range, each person has another number of them in turn.
        public var photos: ClosedRange<Int>
        /// Of each probe and each stranger; 1: single photos.
        public var views: Int
        /// The share of strangers who may get a name.
        public var falseNames: Double
        public var matching: Matching

        public init(people: Int, photos: ClosedRange<Int>, views: Int, falseNames: Double, matching: Matching) {
            self.people = people
            self.photos = photos
            self.views = views
            self.falseNames = falseNames
            self.matching = matching
        }
    }

    /// Where the embedder's impostor figures come from.
    public enum Figures: String, Sendable, CaseIterable {
        /// The models' manifest.
        case shipped
        /// Half of the people, drawn at random; galleries, probes and strangers are of the other half.
        case half
    }

    private let byPerson: [(name: String, photos: [FaceSample])]
    private let curve: [ModelManifest.ImpostorRate]

    public init(_ photos: [Photo], curve: [ModelManifest.ImpostorRate]) {
        byPerson = Dictionary(grouping: photos, by: \.person).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.map(\.sample)) }
        self.curve = curve
    }

    /// - Parameter draws: galleries to be drawn.
    /// - Returns: nil if too few people have enough photos.
    /// - Throws: `VisageError`.
    public func run(_ cell: Cell, draws: Int, figures: Figures) throws -> Summary? {
        var counts: [Counts] = []
        for draw in 0..<draws {
            guard let count = try run(cell, seed: UInt64(draw + 1), figures: figures) else { return nil }
            counts.append(count)
        }
        return Summary(cell, counts)
    }

    /// What came of one draw.
    struct Counts {
        let right: Int
        let probes: Int
        /// Strangers who got a name.
        let named: Int
        let strangers: Int
        let threshold: Double
    }

    private func run(_ cell: Cell, seed: UInt64, figures: Figures) throws -> Counts? {
        var random = SplitMix(seed: seed)
        var curve = curve
        var others = Set(byPerson.indices)
        if figures == .half {
            let shuffled = byPerson.indices.shuffled(using: &random)
            let half = Set(shuffled.prefix(shuffled.count / 2))
            curve = PairFigures.impostorRates(
                half.sorted().map { person in byPerson[person].photos.map { Vector($0.embedding.values) } })
            others.subtract(half)
        }
        let judged = others.sorted().map { byPerson[$0] }
        guard let gallery = try GalleryDraw(judged, cell, seed: seed, curve: curve) else { return nil }
        var (probes, strangers): ([(name: String, views: [FaceSample])], [[FaceSample]]) = ([], [])
        for (index, person) in judged.enumerated() {
            let enrolled = gallery.enrolled[index]
            let photos = person.photos.enumerated().filter { enrolled?.contains($0.offset) != true }.map(\.element)
                .shuffled(using: &random)
            let tracks = Self.tracks(photos, views: cell.views)
            if enrolled == nil { strangers += tracks } else { probes += tracks.map { (person.name, $0) } }
        }
        guard !strangers.isEmpty, !probes.isEmpty else { return nil }
        let observer = TrackObserver(gallery.classifier, rule: EvidenceRule(curve))
        return Counts(
            right: probes.count { observer.observe($0.views).last == $0.name }, probes: probes.count,
            named: strangers.count { observer.observe($0).isEverNamed }, strangers: strangers.count,
            threshold: cell.views == 1 ? gallery.rule.threshold : gallery.rule.trackThreshold)
    }

    /// Cuts photos into tracks of so many views; what is left over makes none.
    private static func tracks(_ photos: [FaceSample], views: Int) -> [[FaceSample]] {
        stride(from: 0, through: photos.count - views, by: views).map { Array(photos[$0..<$0 + views]) }
    }
}

/// Names views as the daemon does.
private struct TrackObserver {
    private let classifier: GalleryClassifier
    private let rule: EvidenceRule
    /// Between views, as the daemon embeds those of a new face.
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
                // The daemon begins a track anew.
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
