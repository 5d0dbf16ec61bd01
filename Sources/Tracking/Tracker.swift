import VisageCore

/// Follows faces: two-stage association as in ByteTrack (Zhang et al., 2022), confident faces first, weak ones next,
/// with a motion model; boxes are widened for matching as in C-BIoU (Yang et al., 2023), which keeps tracks through fast
/// and irregular motion. A track whose face is not detected is kept until `lostAfter`; shortly after its last detection,
/// the predicted motion is enough to continue it, later only the caller's `join` can.
public struct Tracker: Sendable {
    public struct Options: Sendable {
        /// A face with this score may begin a track.
        public var strongScore = 0.7
        /// A face with this score may continue one.
        public var weakScore = 0.3
        /// Detections before a track is confirmed.
        public var confirmAfter = 3
        /// For how long a face may be undetected before its track ends.
        public var lostAfter = Duration.seconds(3)
        /// Maximum number of tracks, with those whose faces are not detected now; further new faces are not tracked.
        public var maximumTracks = 256

        public init() {}
    }

    /// A face that is followed over frames.
    public struct Track: Sendable {
        /// Grows with every track, confirmed or not.
        public let id: Int
        /// The detection in this frame; nil if there is none.
        public internal(set) var face: Face?
        /// The box of the detection; while there is none, the predicted one.
        public var box: BoundingBox { face?.box ?? motion.box }
        public internal(set) var isConfirmed = false
        public let firstSeen: Duration
        public internal(set) var lastSeen: Duration

        /// Number of frames just before this one in which the face was not detected.
        public internal(set) var missedBefore = 0
        /// False after a scene cut, when the position in the picture says nothing about who a face is.
        public internal(set) var mayReturnByMotion = true

        var motion: Motion
        var sightings = 1
        var missed = 0
    }

    /// What a frame changed.
    public struct Update: Sendable {
        /// Confirmed tracks that ended because their faces were not detected for `lostAfter`.
        public var lost: [Track] = []
        /// Faces of the frame that belong to no confirmed track.
        public var unconfirmed: [Face] = []
    }

    /// By id, oldest first.
    public private(set) var tracks: [Track] = []
    private let options: Options
    private var nextID = 1
    private var time: Duration?
    /// The interval between the previous frame and the one before it.
    private var interval = Duration.zero

    /// By which fraction of their size boxes are widened on each side for matching, and the minimum IoU of widened boxes.
    private static let widening = 0.3
    private static let minOverlap = 0.15
    /// Minimum IoU for faces of low score, which are accepted only close to the predicted box.
    private static let minWeakOverlap = 0.3
    /// For how long after its last detection predicted motion alone can continue a track.
    private static let motionMemory = Duration.milliseconds(700)
    /// The same in frames, where that is longer.
    private static let framesOfMemory = 2
    /// Frames that an unconfirmed track may miss.
    private static let maxUnconfirmedMisses = 1

    public init(options: Options = Options()) { self.options = options }

    public subscript(id: Int) -> Track? { tracks.first { $0.id == id } }

    /// Takes the faces of the next frame.
    /// - Parameters:
    ///   - time: the frame's pts; later than the one before.
    ///   - isCut: the frame shows another scene than the one before: nobody is where they were.
    public mutating func update(_ faces: [Face], at time: Duration, isCut: Bool = false) -> Update {
        let passed = self.time.map { max(.zero, time - $0) } ?? .zero
        // With a slow camera all intervals are long, and motion must bridge them. One long interval among short ones is a
        // gap.
        let memory = max(Self.motionMemory, min(passed, interval) * Self.framesOfMemory)
        self.time = time
        interval = passed
        for index in tracks.indices {
            tracks[index].motion.predict(passed.inSeconds)
            tracks[index].face = nil
            if isCut { tracks[index].mayReturnByMotion = false }
        }
        let strong = faces.filter { $0.score >= options.strongScore }
        let weak = faces.filter { $0.score < options.strongScore && $0.score >= options.weakScore }

        let candidates = tracks.indices.filter {
            tracks[$0].mayReturnByMotion && time - tracks[$0].lastSeen <= memory
        }
        let open = associate(candidates, strong, minOverlap: Self.minOverlap, at: time)
        let unseen = candidates.filter { tracks[$0].face == nil }
        let stillWeak = associate(unseen, weak, minOverlap: Self.minWeakOverlap, at: time)

        var update = Update()
        update.unconfirmed = tracks.filter { !$0.isConfirmed }.compactMap(\.face) + stillWeak
        for face in open {
            begin(face, at: time)
            update.unconfirmed.append(face)
        }
        forget(at: time, isCut: isCut, &update)
        return update
    }

    /// Merges two tracks of one person: `older` continues with the face of `newer`, and `newer` ends.
    public mutating func join(_ newer: Int, to older: Int) {
        guard newer != older, let from = tracks.firstIndex(where: { $0.id == newer }),
            let to = tracks.firstIndex(where: { $0.id == older })
        else { return }
        tracks[to].face = tracks[from].face
        tracks[to].lastSeen = tracks[from].lastSeen
        tracks[to].motion = tracks[from].motion
        tracks[to].missed = tracks[from].missed
        tracks[to].mayReturnByMotion = tracks[from].mayReturnByMotion
        tracks.remove(at: from)
    }

    /// Splits a track whose face turns out to be another person's: the face continues as a new, confirmed track, and `id` has
    /// no face now.
    /// - Returns: the new track's id, or nil if `id` has no face now.
    public mutating func split(_ id: Int) -> Int? {
        guard let index = tracks.firstIndex(where: { $0.id == id }), let face = tracks[index].face, let time else {
            return nil
        }
        tracks[index].face = nil
        tracks[index].missed = 1
        tracks[index].mayReturnByMotion = false
        begin(face, at: time)
        tracks[tracks.count - 1].isConfirmed = true
        return tracks[tracks.count - 1].id
    }

    /// Ends all tracks, as at an outage of the source, and returns the confirmed ones.
    public mutating func end() -> [Track] {
        defer { tracks = [] }
        return tracks.filter(\.isConfirmed)
    }

    private mutating func begin(_ face: Face, at time: Duration) {
        guard tracks.count < options.maximumTracks else { return }
        var track = Track(id: nextID, face: face, firstSeen: time, lastSeen: time, motion: Motion(face.box))
        track.isConfirmed = options.confirmAfter <= 1
        tracks.append(track)
        nextID += 1
    }

    /// Assigns faces to tracks so that the total overlap is as large as possible.
    /// - Returns: the faces that were not assigned.
    private mutating func associate(
        _ candidates: [Int], _ faces: [Face], minOverlap: Double, at time: Duration
    ) -> [Face] {
        guard !candidates.isEmpty, !faces.isEmpty else { return faces }
        let wide = faces.map { $0.box.widened(Self.widening) }
        let overlaps = candidates.map { candidate in
            let box = tracks[candidate].motion.box.widened(Self.widening)
            return wide.map { box.overlap($0) }
        }
        // All pairs below the minimum cost the same, so that none of them displaces a good pair.
        let assignment = Assignment.solve(overlaps.map { $0.map { $0 >= minOverlap ? 1 - $0 : 1 } })
        var taken: Set<Int> = []
        for (row, column) in assignment.enumerated() {
            guard let column, overlaps[row][column] >= minOverlap else { continue }
            taken.insert(column)
            sight(candidates[row], faces[column], at: time)
        }
        return faces.indices.filter { !taken.contains($0) }.map { faces[$0] }
    }

    private mutating func sight(_ index: Int, _ face: Face, at time: Duration) {
        tracks[index].motion.correct(face.box)
        tracks[index].face = face
        tracks[index].lastSeen = time
        tracks[index].missedBefore = tracks[index].missed
        tracks[index].missed = 0
        tracks[index].sightings += 1
        if tracks[index].sightings >= options.confirmAfter { tracks[index].isConfirmed = true }
    }

    private mutating func forget(at time: Duration, isCut: Bool, _ update: inout Update) {
        var kept: [Track] = []
        for var track in tracks {
            if track.face == nil { track.missed += 1 }
            if track.face == nil, !track.isConfirmed, isCut || track.missed > Self.maxUnconfirmedMisses { continue }
            if track.face == nil, time - track.lastSeen >= options.lostAfter {
                update.lost.append(track)
                continue
            }
            kept.append(track)
        }
        tracks = kept
    }
}

extension BoundingBox {
    /// The box with `share` of its size added on each side.
    func widened(_ share: Double) -> BoundingBox {
        BoundingBox(
            x: x - share * width, y: y - share * height, width: width * (1 + 2 * share),
            height: height * (1 + 2 * share))
    }
}
