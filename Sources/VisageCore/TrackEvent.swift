import Foundation

/// What happened to a tracked face: it appeared, the verdict on it was given or revised, or it was lost.
public struct TrackEvent: Sendable, Equatable {
    /// Unique within a run of the program.
    public var track: Int
    /// The frame at which it is reported.
    public var frame: FrameReference
    /// Where the face was last seen, perhaps some frames before `frame`; in pixels.
    public var box: BoundingBox
    /// The detector's score of that sighting, 0...1.
    public var score: Double
    public var change: Change

    public enum Change: Sendable, Equatable {
        case appeared
        /// The first verdict on the track.
        case decided(Verdict)
        /// Another verdict in place of an earlier one.
        case revised(Verdict, from: Identity)
        case lost(TrackEnd)
    }

    public init(track: Int, frame: FrameReference, box: BoundingBox, score: Double, change: Change) {
        self.track = track
        self.frame = frame
        self.box = box
        self.score = score
        self.change = change
    }
}

/// What remains of a track that has ended.
public struct TrackEnd: Sendable, Equatable {
    /// From the first to the last sighting.
    public var duration: Duration
    /// The sighting of the best quality.
    public var best: FaceSighting
    /// nil if the track stayed undecided.
    public var verdict: Verdict?

    public init(duration: Duration, best: FaceSighting, verdict: Verdict?) {
        self.duration = duration
        self.best = best
        self.verdict = verdict
    }
}

/// One sighting of a tracked face.
public struct FaceSighting: Sendable, Equatable {
    /// Frame number.
    public var frame: Int
    public var pts: Duration
    /// Pixels of the frame.
    public var box: BoundingBox
    /// `FaceQuality.overall` as far as it is known before embedding, 0...1.
    public var quality: Double

    public init(frame: Int, pts: Duration, box: BoundingBox, quality: Double) {
        self.frame = frame
        self.pts = pts
        self.box = box
        self.quality = quality
    }
}
