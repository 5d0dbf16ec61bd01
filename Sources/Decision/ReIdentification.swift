import Inference
import Recognition
import VisageCore

/// Decides whether a new face continues a track that has lost its face a moment ago. Faces that have embeddings are compared,
/// because otherwise a person who steps into another's place would get that person's name. Faces without embeddings are
/// matched by place alone.
public struct ReIdentification: Sendable {
    enum Answer: Equatable {
        case nobody
        /// There is too little to go by yet.
        case undecided
        /// The tracker's id of who came back.
        case somebody(Int)
    }

    /// Minimum similarity for a track without a name, near its last place, if one of the two faces was not seen clearly:
    /// FAR 1e-2. Another person would also have to appear at that place within seconds.
    private let near: Double
    /// Minimum similarity, FAR 1e-3, for a track without a name elsewhere in the picture, and near its last place if both faces
    /// were seen clearly: clear views of one person, seconds apart, hardly ever fall below it. The same for a track with a name
    /// near its last place: a stranger who continues that track carries its name at once.
    private let elsewhere: Double
    /// Minimum similarity, FAR 1e-4, elsewhere in the picture for a track with a name, and if one of the two faces is too poor
    /// to be evidence: the embeddings of poor faces are similar whoever they are.
    private let strict: Double
    /// Quality of the best view from which a face was seen clearly.
    private let clearView: Double

    /// How long a new face is not reported while it has no embedding that counts as evidence. The longer one applies while
    /// an embedding is being computed, and near the last place of a track that has lost its face.
    private static let timeout = Duration.milliseconds(500)
    private static let longTimeout = Duration.milliseconds(1000)
    /// For so long after somebody with a name was seen, a face in their place that cannot be compared is taken for theirs.
    /// Without a name there is less to lose.
    private static let placeTimeout = Duration.milliseconds(700)
    /// In heights of a face, from center to center; and how much higher one may be than the other. Widths say less: they
    /// change as a head turns.
    private static let maxDistance = 1.5
    private static let maxGrowth = 1.6

    /// - Parameters:
    ///   - curve: the embedder's impostor figures; without them no face is matched by similarity.
    ///   - clearView: quality of the best view from which a face was seen clearly
    public init(_ curve: [ModelManifest.ImpostorRate], clearView: Double) {
        self.clearView = clearView
        near = (try? StrangerRule.similarity(at: 1e-2, curve: curve)) ?? .infinity
        elsewhere = (try? StrangerRule.similarity(at: 1e-3, curve: curve)) ?? .infinity
        strict = (try? StrangerRule.similarity(at: 1e-4, curve: curve)) ?? .infinity
    }

    /// - Parameters:
    ///   - away: whose faces are not in the picture, and whether the place where they were still says something: not after
    ///     a cut.
    func judge(_ face: TrackStory, among away: [(story: TrackStory, keepsPlace: Bool)], at time: Duration) -> Answer {
        guard !away.isEmpty else { return .nobody }
        let close = away.filter { $0.keepsPlace && Self.isNear($0.story.box, face.box) }.map(\.story)
        let waited = time - face.firstSeen
        guard let embedding = face.embedding else {
            if waited < (face.pending > 0 || !close.isEmpty ? Self.longTimeout : Self.timeout) { return .undecided }
            return nearest(to: face, among: close) { story in
                story.evidence.verdict?.identity.name == nil || face.firstSeen - story.lastSeen <= Self.placeTimeout
            }
        }
        let similar = away.compactMap { story, _ -> (id: Int, similarity: Double)? in
            guard let other = story.embedding else { return nil }
            let similarity = other.similarity(embedding)
            let isPoor = face.evidence.count == 0 || story.evidence.count == 0
            let hasName = story.evidence.verdict?.identity.name != nil
            let areClear = min(face.evidence.bestQuality, story.evidence.bestQuality) >= clearView
            let minimum =
                close.contains { $0.id == story.id }
                ? (hasName || areClear ? elsewhere : near) : isPoor || hasName ? strict : elsewhere
            return similarity >= minimum ? (story.id, similarity) : nil
        }
        if let best = similar.max(by: { ($0.similarity, $1.id) < ($1.similarity, $0.id) }) {
            // Most faces are seen poorly in their first frames; views good enough to be evidence follow.
            let isSettled = face.evidence.count > 0 || best.similarity >= strict
            let timeout = face.pending > 0 ? Self.longTimeout : Self.timeout
            return isSettled || waited >= timeout ? .somebody(best.id) : .undecided
        }
        return nearest(to: face, among: close) { $0.embedding == nil }
    }

    private func nearest(
        to face: TrackStory, among stories: [TrackStory], where isMeant: (TrackStory) -> Bool
    ) -> Answer {
        let best = stories.filter(isMeant).min {
            ((face.box.center - $0.box.center).length, $0.id) < ((face.box.center - $1.box.center).length, $1.id)
        }
        return best.map { .somebody($0.id) } ?? .nobody
    }

    private static func isNear(_ old: BoundingBox, _ new: BoundingBox) -> Bool {
        let (small, large) = (min(old.height, new.height), max(old.height, new.height))
        return (new.center - old.center).length <= maxDistance * large && large <= maxGrowth * small
    }
}
