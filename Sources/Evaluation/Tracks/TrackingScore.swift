import Tracking
import VisageCore

/// How well tracks follow people whose true boxes are known, frame by frame: identity switches as in the CLEAR MOT metrics
/// (Bernardin and Stiefelhagen, 2008), IDF1 as in Ristani et al., "Performance measures and a data set for multi-target,
/// multi-camera tracking" (2016).
public struct TrackingScore: Sendable {
    /// A person in one frame.
    public struct Person: Sendable {
        /// The same as long as the same track is expected.
        public let id: Int
        public let box: BoundingBox
        /// False for somebody for whom a track is neither expected nor wrong, such as a face of which only a part is in
        /// the picture.
        public let counts: Bool

        public init(id: Int, box: BoundingBox, counts: Bool = true) {
            self.id = id
            self.box = box
            self.counts = counts
        }
    }

    public struct Figures: Sendable, Equatable {
        /// Number of people for whom a track was expected, and number of tracks.
        public var people: Int
        public var tracks: Int
        /// Number of identity switches.
        public var switches: Int
        /// 2 IDTP / (2 IDTP + IDFP + IDFN): the share of all boxes, true and tracked, that agree if each person is
        /// assigned one track in the best way. 1 if there are no boxes.
        public var idf1: Double
        /// Share of the true boxes that had a track.
        public var recall: Double
        /// Share of the boxes of tracks that matched a person.
        public var precision: Double
    }

    /// An identity switch: the track of a person was followed by another one.
    public struct Switch: Sendable, Equatable {
        public let person: Int
        public let from: Int
        public let to: Int

        public init(person: Int, from: Int, to: Int) {
            self.person = person
            self.from = from
            self.to = to
        }
    }

    private struct Pair: Hashable {
        let person: Int
        let track: Int
    }

    /// IoU from which the box of a track matches a person.
    private let minOverlap: Double
    /// Number of true boxes, of boxes of tracks, and of matches between them.
    private var trueBoxes = 0
    private var trackedBoxes = 0
    private var matched = 0
    private var switches = 0
    /// The last track of each person.
    private var current: [Int: Int] = [:]
    private var people: Set<Int> = []
    private var tracks: Set<Int> = []
    /// Number of frames in which a person had a track.
    private var frames: [Pair: Int] = [:]

    public init(minOverlap: Double = 0.5) { self.minOverlap = minOverlap }

    /// Adds a frame.
    /// - Parameters:
    ///   - present: the people in it.
    ///   - tracked: the boxes of the tracks in it, with the number of the track.
    ///   - isComplete: whether `present` includes everybody; if not, tracks that match nobody are ignored.
    /// - Returns: the tracks by person, and the identity switches in this frame.
    @discardableResult
    public mutating func add(
        _ present: [Person], tracked: [(track: Int, box: BoundingBox)], isComplete: Bool = true
    ) -> (tracks: [Int: Int], switches: [Switch]) {
        let counting = present.filter(\.counts)
        let pairs = match(counting, tracked)
        var found: [Int: Int] = [:]
        for (person, track) in pairs {
            found[counting[person].id] = tracked[track].track
        }
        var switched: [Switch] = []
        for (person, track) in found {
            if let before = current[person], before != track {
                switched.append(Switch(person: person, from: before, to: track))
            }
            current[person] = track
            frames[Pair(person: person, track: track), default: 0] += 1
        }
        let taken = Set(pairs.map(\.track))
        let stray = tracked.indices.filter { index in
            !taken.contains(index) && isComplete
                && !present.contains { !$0.counts && $0.box.intersection(tracked[index].box) > 0 }
        }
        people.formUnion(counting.map(\.id))
        tracks.formUnion(found.values)
        tracks.formUnion(stray.map { tracked[$0].track })
        trueBoxes += counting.count
        trackedBoxes += pairs.count + stray.count
        matched += pairs.count
        switches += switched.count
        return (found, switched)
    }

    public var figures: Figures {
        let (rows, columns) = (people.sorted(), tracks.sorted())
        let agreed = rows.map { person in
            columns.map { Double(frames[Pair(person: person, track: $0)] ?? 0) }
        }
        let assignment = Assignment.solve(agreed.map { $0.map(-) })
        let right = zip(agreed, assignment).reduce(0) { sum, row in sum + (row.1.map { row.0[$0] } ?? 0) }
        func share(_ part: Double, _ whole: Int) -> Double { whole > 0 ? part / Double(whole) : 1 }
        return Figures(
            people: people.count, tracks: tracks.count, switches: switches,
            idf1: share(2 * right, trueBoxes + trackedBoxes),
            recall: share(Double(matched), trueBoxes), precision: share(Double(matched), trackedBoxes))
    }

    /// Assigns tracks to people. A person keeps the current track while it matches; the others get what matches best.
    private func match(
        _ present: [Person], _ tracked: [(track: Int, box: BoundingBox)]
    ) -> [(person: Int, track: Int)] {
        guard !present.isEmpty, !tracked.isEmpty else { return [] }
        let overlaps = present.map { person in tracked.map { person.box.overlap($0.box) } }
        let costs = present.indices.map { person in
            tracked.indices.map { track -> Double in
                guard overlaps[person][track] >= minOverlap else { return 0 }
                // More than any sum of overlaps: continuity comes first.
                let held =
                    current[present[person].id] == tracked[track].track ? Double(present.count + tracked.count) : 0
                return -overlaps[person][track] - held
            }
        }
        return Assignment.solve(costs).enumerated().compactMap { person, track in
            track.flatMap { overlaps[person][$0] >= minOverlap ? (person, $0) : nil }
        }
    }
}
