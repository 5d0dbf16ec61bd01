import Decision
import Inference
import Recognition
import VisageCore

/// Measures how often strangers get a name, and enrolled people theirs, on galleries of people drawn at random. The other
/// photos of the enrolled people are probes, everybody else is a stranger. Probes and strangers are shown as single photos,
/// or as tracks of several views that are judged after each view.
public struct OpenSetTrial: Sendable {
    /// A photo with a face.
    public struct Photo: Sendable {
        public let person: String
        public let sample: FaceSample

        public init(person: String, sample: FaceSample) {
            self.person = person
            self.sample = sample
        }
    }

    /// The parameters of a measurement.
    public struct Cell: Sendable {
        /// People in a gallery.
        public var people: Int
        /// Photos enrolled of each person. `1...3` gives the people one, two and three in turn.
        public var photos: ClosedRange<Int>
        /// Views of each probe and each stranger; 1 is a single photo.
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

        /// `photos` as text: a number, or a range such as `1-3`.
        package var photosText: String {
            photos.count == 1 ? "\(photos.lowerBound)" : "\(photos.lowerBound)-\(photos.upperBound)"
        }
    }

    /// Where the embedder's impostor figures come from.
    public enum Figures: String, Sendable, CaseIterable {
        /// The models' manifest.
        case shipped
        /// Measured on half of the people, drawn at random; galleries, probes and strangers are from the other half.
        case half
    }

    private let byPerson: [(name: String, photos: [FaceSample])]
    private let curve: [ModelManifest.ImpostorRate]

    public init(_ photos: [Photo], curve: [ModelManifest.ImpostorRate]) {
        byPerson = Dictionary(grouping: photos, by: \.person).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.map(\.sample)) }
        self.curve = curve
    }

    /// - Parameter draws: number of galleries that are drawn.
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

    /// The counts of one draw.
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
                half.sorted().map { person in byPerson[person].photos.map(\.embedding) })
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

    /// Divides photos into tracks of `views` views; a remainder is left out.
    private static func tracks(_ photos: [FaceSample], views: Int) -> [[FaceSample]] {
        stride(from: 0, through: photos.count - views, by: views).map { Array(photos[$0..<$0 + views]) }
    }
}
