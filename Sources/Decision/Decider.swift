import Foundation
import Recognition
import Tracking
import VisageCore

/// Tells each track's story: takes the tracker's tracks and the embeddings, and says which events are due. No clock,
/// no thread: the same frames and embeddings give the same events.
package struct Decider {
    /// A view that should be embedded.
    package struct Request {
        package let track: Int
        package let face: Face
        let quality: Double
        /// Too poor to be evidence.
        let isHint: Bool
        /// There is no verdict yet, or it is open whose face it is: the result is waited for.
        package let isUrgent: Bool
        /// The face with what is around it, as a photo to learn from; nil where another face is in the way.
        let surroundings: BoundingBox?
    }

    private let policy: EmbeddingPolicy
    private let classifier: @Sendable () -> (any IdentityClassifier)?
    private let unknowns: any UnknownPeople
    private let rule: EvidenceRule
    private let reIdentification: ReIdentification
    private var tracker: Tracker
    private var stories: [Int: TrackStory] = [:]
    /// Of the next track.
    package private(set) var nextNumber: Int
    private let numberStep: Int
    private var emit: [TrackEvent] = []

    /// - Parameters:
    ///   - classifier: the gallery now in force; nil when there is none.
    ///   - firstNumber, numberStep: of tracks, so that cameras of one run never share a number.
    ///   - unknowns: what gives ids to unknown faces, and knows them again
    package init(
        tracking: Tracker.Options, policy: EmbeddingPolicy, rules: DecisionRules, firstNumber: Int, numberStep: Int,
        classifier: @escaping @Sendable () -> (any IdentityClassifier)?,
        unknowns: any UnknownPeople
    ) {
        self.unknowns = unknowns
        self.policy = policy
        rule = rules.evidence
        reIdentification = rules.reIdentification
        self.classifier = classifier
        tracker = Tracker(options: tracking)
        nextNumber = firstNumber
        self.numberStep = numberStep
    }

    /// Takes the faces of a frame.
    /// - Returns: views to embed, the neediest first.
    package mutating func advance(_ faces: [Face], frame: Frame, isCut: Bool) -> [Request] {
        let update = tracker.update(faces, at: frame.pts, isCut: isCut)
        for track in update.lost { end(track.id, frame: frame) }
        var requests: [Request] = []
        for track in tracker.tracks where track.isConfirmed {
            guard let face = track.face else { continue }
            let quality = FaceQuality(of: face, in: frame.image).overall
            let view = Self.view(of: face, quality, in: frame)
            var story =
                stories[track.id]
                ?? TrackStory(id: track.id, firstSeen: track.firstSeen, view: view, score: face.score, rule: rule)
            story.seen(
                view, score: face.score, appearance: FaceAppearance(face.box, in: frame.image),
                wasAway: track.missedBefore > 0,
                at: track.lastSeen)
            let isWanted = story.wants(quality, at: frame.pts, policy)
            if isWanted || story.wantsHint(quality, at: frame.pts, policy) {
                requests.append(
                    Request(
                        track: track.id, face: face, quality: quality, isHint: !isWanted,
                        isUrgent: story.evidence.verdict == nil || story.doubtedSince != nil,
                        surroundings: EnrollmentPhoto.surroundings(of: face, among: faces)))
            }
            stories[track.id] = story
        }
        // What something waits for comes first; then, the fewer samples a face has, the sooner it is served.
        requests.sort { left, right in
            let (few, many) = (stories[left.track]?.asked ?? 0, stories[right.track]?.asked ?? 0)
            return (left.isUrgent ? 0 : 1, few, left.track) < (right.isUrgent ? 0 : 1, many, right.track)
        }
        return requests
    }

    /// The job for a request was submitted.
    package mutating func submitted(_ request: Request, at time: Duration) {
        stories[request.track]?.submitted(request.quality, isHint: request.isHint, at: time)
    }

    /// Takes the outcome of a job; nil if it failed. Comes before `settle` of the frame at which it applies.
    /// - Parameter frame: where the face is
    package mutating func take(_ sample: FaceSample?, for request: Request, in frame: Frame) {
        let track = request.track
        guard let crossed = stories[track] else { return }
        stories[track]?.pending -= 1
        guard let sample else { return }
        if request.isHint {
            stories[track]?.add(hint: sample)
            return
        }
        if let since = crossed.doubtedSince, frame.pts >= since {
            guard let isSame = stories[track]?.isSame(sample) else { return }
            if !isSame { return split(crossed, samples: [sample]) }
        }
        let isCertain = crossed.evidence.fused == nil || crossed.evidence.agrees(sample) == true
        guard let outcome = stories[track]?.evidence.add(sample) else { return }
        if case .added = outcome {
            if isCertain {
                stories[track]?.confirm(
                    Self.view(of: request.face, request.quality, in: frame), score: request.face.score, at: frame.pts)
            }
            keep(sample, request, in: frame)
        }
        if case .anotherPerson(let samples) = outcome { split(crossed, samples: samples) }
    }

    private static func view(of face: Face, _ quality: Double, in frame: Frame) -> FaceSighting {
        FaceSighting(frame: frame.number, pts: frame.pts, box: face.box, quality: quality)
    }

    /// Two people crossed, or one took the other's place: the face in the box is a new one.
    private mutating func split(_ crossed: TrackStory, samples: [FaceSample]) {
        guard let new = tracker.split(crossed.id), let time = tracker[new]?.firstSeen else { return }
        stories[crossed.id]?.leave()
        var story = TrackStory(id: new, firstSeen: time, view: crossed.view, score: crossed.score, rule: rule)
        story.lastSubmitted = time
        for sample in samples { _ = story.evidence.add(sample) }
        stories[new] = story
    }

    /// Says what is due at this frame, after tracks and samples are in.
    package mutating func settle(_ frame: Frame) -> [TrackEvent] {
        for id in stories.keys.sorted() { introduce(id, frame: frame) }
        let classifier = classifier()
        for id in stories.keys.sorted() {
            guard var story = stories[id], story.number != nil, story.doubtedSince == nil else { continue }
            let (before, untouched) = (story.evidence.verdict, story)
            if story.evidence.judge(
                at: story.lastSeen, by: classifier, unknownID: { recognize($0, untouched, at: frame.wall) }),
                let verdict = story.evidence.verdict
            {
                tell(verdict, instead: before, of: story, frame: frame)
            }
            remember(&story, instead: before, frame: frame)
            stories[id] = story
        }
        defer { emit = [] }
        return emit
    }

    /// Who an unknown face is.
    private func recognize(_ face: UnknownFace, _ story: TrackStory, at time: Date) -> String {
        // Whoever was seen since this face appeared is somebody else.
        let others = stories.values.filter { $0.id != story.id && $0.lastSeen > story.firstSeen }
        return unknowns.recognize(
            face, track: story.number ?? 0,
            besides: Set(others.compactMap { $0.evidence.verdict?.identity.unknownID }), at: time)
    }

    /// Tells the memory of unknown people what the story has come to know.
    private mutating func remember(_ story: inout TrackStory, instead before: Verdict?, frame: Frame) {
        guard let verdict = story.evidence.verdict, let number = story.number else { return }
        let views = story.takeViews()
        guard verdict.identity.unknownID != nil else {
            if before?.identity.unknownID != nil { unknowns.withdraw(track: number) }
            return
        }
        if story.evidence.count != story.remembered, let face = story.evidence.face {
            story.remembered = story.evidence.count
            if let id = unknowns.learn(face, track: number, at: frame.wall) {
                story.evidence.correct(unknownID: id)
                if let revised = story.evidence.verdict { tell(revised, instead: verdict, of: story, frame: frame) }
            }
        }
        for view in views { unknowns.keep(view, track: number) }
    }

    /// A view of somebody who is unknown, or may turn out to be.
    private mutating func keep(_ sample: FaceSample, _ request: Request, in frame: Frame) {
        guard unknowns.keepsViews, stories[request.track]?.evidence.verdict?.identity.name == nil,
            let part = request.surroundings.flatMap(frame.image.part)
        else { return }
        stories[request.track]?.add(FaceView(picture: part.copy(), sample: sample, taken: frame.wall))
    }

    /// Ends all stories, as when a source goes. Call `settle` first.
    package mutating func finish(_ frame: Frame) -> [TrackEvent] {
        _ = tracker.end()
        for id in stories.keys.sorted() { end(id, frame: frame) }
        defer { emit = [] }
        return emit
    }

    /// Faces of the frame as they are to be shown.
    package func shown() -> [ShownFace] {
        tracker.tracks.compactMap { track in
            guard let face = track.face else { return nil }
            let story = stories[track.id].flatMap { $0.doubtedSince == nil ? $0 : nil }
            return ShownFace(track: story?.number, face: face, verdict: story?.evidence.verdict)
        }
    }

    /// First word on a face, or its return.
    private mutating func introduce(_ id: Int, frame: Frame) {
        guard var story = stories[id], story.number == nil else { return }
        let away = stories.values.filter { $0.number != nil && tracker[$0.id]?.face == nil }
        switch reIdentification.judge(
            story, among: away.map { ($0, tracker[$0.id]?.mayReturnByMotion ?? false) }, at: frame.pts)
        {
        case .undecided: return
        case .somebody(let old):
            if let old = stories[old] { join(story, to: old) }
            return
        case .nobody: break
        }
        let track = tracker[id]
        if track == nil || (track?.face == nil && story.embedding == nil) { return }
        story.number = nextNumber
        nextNumber += numberStep
        stories[id] = story
        emit.append(event(.appeared, of: story, frame: frame))
    }

    /// The face of `newer` is the one of `old`, come back.
    private mutating func join(_ newer: TrackStory, to old: TrackStory) {
        tracker.join(newer.id, to: old.id)
        var story = old
        story.absorb(newer)
        stories[old.id] = story
        stories[newer.id] = nil
    }

    private mutating func tell(_ verdict: Verdict, instead before: Verdict?, of story: TrackStory, frame: Frame) {
        let change = before.map { TrackEvent.Change.revised(verdict, from: $0.identity) } ?? .decided(verdict)
        emit.append(event(change, of: story, frame: frame))
    }

    private mutating func end(_ id: Int, frame: Frame) {
        guard let story = stories.removeValue(forKey: id), let number = story.number else { return }
        let verdict = story.evidence.verdict
        let end = TrackEnd(duration: story.lastSeen - story.firstSeen, best: story.best, verdict: verdict)
        if verdict?.identity.unknownID != nil { unknowns.leave(track: number) }
        emit.append(event(.lost(end), of: story, frame: frame))
    }

    /// Box and score are those of the last sighting, which may be some frames ago.
    private func event(_ change: TrackEvent.Change, of story: TrackStory, frame: Frame) -> TrackEvent {
        TrackEvent(
            track: story.number ?? 0, frame: FrameReference(frame), box: story.box, score: story.score, change: change)
    }
}
