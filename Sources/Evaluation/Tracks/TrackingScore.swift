import VisageCore

/// How well tracks follow people whose places are known, frame by frame: identity switches as in the CLEAR MOT metrics
/// (Bernardin and Stiefelhagen, 2008), IDF1 as in Ristani et al., "Performance measures and a data set for multi-target,
/// multi-camera tracking" (2016).
public struct TrackingScore: Sendable {
    /// Where somebody is in one frame.
    public struct Person: Sendable {
        /// The same for as long as the same track is expected.
        public let id: Int
        public let box: BoundingBox
        /// False for somebody who may be followed or not, such as a face of which only a part is in the picture: their
        /// place counts neither for nor against.
        public let counts: Bool

        public init(id: Int, box: BoundingBox, counts: Bool = true) {
            self.id = id
            self.box = box
            self.counts = counts
        }
    }

    public struct Figures: Sendable, Equatable {
        /// Whom tracks were expected for, and the tracks that were there.
        public var people: Int
        public var tracks: Int
        /// Times that somebody's track became another one.
        public var switches: Int
        /// 2 IDTP / (2 IDTP + IDFP + IDFN): of all boxes, true and told, those that agree if each person is given one
        /// track, as well as can be. 1 when there is nothing at all.
        public var idf1: Double
        /// Of the places where somebody was, the share that had a track.
        public var recall: Double
        /// Of the boxes of tracks, the share where somebody was.
        public var precision: Double
    }

    /// Somebody's track became another.
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

    /// IoU from which a track's box is a person's, as is usual.
    private let leastOverlap: Double
    private var places = 0
    private var boxes = 0
    private var matched = 0
    private var switches = 0
    /// Of each person.
    private var current: [Int: Int] = [:]
    private var people: Set<Int> = []
    private var tracks: Set<Int> = []
    private var together: [Pair: Int] = [:]

    public init(leastOverlap: Double = 0.5) { self.leastOverlap = leastOverlap }

    /// Takes one frame.
    /// - Parameters:
    ///   - told: what was followed in it, by the number of the track.
    ///   - isComplete: whether `here` is everybody; otherwise tracks elsewhere count neither way.
    /// - Returns: the track of each person who has one, and whose track became another.
    @discardableResult
    public mutating func add(
        _ here: [Person], told: [(track: Int, box: BoundingBox)], isComplete: Bool = true
    ) -> (tracks: [Int: Int], switches: [Switch]) {
        let counting = here.filter(\.counts)
        let pairs = match(counting, told)
        var found: [Int: Int] = [:]
        for (person, track) in pairs {
            found[counting[person].id] = told[track].track
        }
        var switched: [Switch] = []
        for (person, track) in found {
            if let before = current[person], before != track {
                switched.append(Switch(person: person, from: before, to: track))
            }
            current[person] = track
            together[Pair(person: person, track: track), default: 0] += 1
        }
        let taken = Set(pairs.map(\.track))
        let stray = told.indices.filter { index in
            !taken.contains(index) && isComplete
                && !here.contains { !$0.counts && $0.box.intersection(told[index].box) > 0 }
        }
        people.formUnion(counting.map(\.id))
        tracks.formUnion(found.values)
        tracks.formUnion(stray.map { told[$0].track })
        places += counting.count
        boxes += pairs.count + stray.count
        matched += pairs.count
        switches += switched.count
        return (found, switched)
    }

    public var figures: Figures {
        let (rows, columns) = (people.sorted(), tracks.sorted())
        let agreed = rows.map { person in
            columns.map { Double(together[Pair(person: person, track: $0)] ?? 0) }
        }
        let assignment = Assignment.solve(agreed.map { $0.map(-) })
        let right = zip(agreed, assignment).reduce(0) { sum, row in sum + (row.1.map { row.0[$0] } ?? 0) }
        func share(_ part: Double, _ whole: Int) -> Double { whole > 0 ? part / Double(whole) : 1 }
        return Figures(
            people: people.count, tracks: tracks.count, switches: switches, idf1: share(2 * right, places + boxes),
            recall: share(Double(matched), places), precision: share(Double(matched), boxes))
    }

    /// Who holds a track keeps it while it fits; the others get what fits best.
    private func match(
        _ here: [Person], _ told: [(track: Int, box: BoundingBox)]
    ) -> [(person: Int, track: Int)] {
        guard !here.isEmpty, !told.isEmpty else { return [] }
        let overlaps = here.map { person in told.map { person.box.overlap($0.box) } }
        let costs = here.indices.map { person in
            told.indices.map { track -> Double in
                guard overlaps[person][track] >= leastOverlap else { return 0 }
                // Less than any sum of overlaps: continuity comes first.
                let held = current[here[person].id] == told[track].track ? Double(here.count + told.count) : 0
                return -overlaps[person][track] - held
            }
        }
        return Assignment.solve(costs).enumerated().compactMap { person, track in
            track.flatMap { overlaps[person][$0] >= leastOverlap ? (person, $0) : nil }
        }
    }
}
