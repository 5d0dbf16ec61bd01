import Foundation

/// What a camera's pipeline reports, in the order in which it happens. Boxes, times and identities are exact here; the
/// target `Events` rounds and encodes them for subscribers.
public struct CameraEvent: Sendable, Equatable {
    public var camera: String
    /// Wall-clock time.
    public var time: Date
    public var content: Content

    public enum Content: Sendable, Equatable {
        /// The source delivers frames.
        case sourceUp
        /// The source does not deliver and will be tried again.
        case sourceDown(Outage)
        /// The source has ended for good; the reason is for a person.
        case sourceEnded(reason: String?)
        /// Something happened to a track.
        case track(TrackEvent, RecordingPosition?)
        /// All faces of a frame.
        case frame(FrameReference, [ShownFace], RecordingPosition?)
    }

    public init(camera: String, time: Date, _ content: Content) {
        self.camera = camera
        self.time = time
        self.content = content
    }
}

/// Which frame something is about.
public struct FrameReference: Sendable, Equatable {
    public var number: Int
    /// Presentation time since the source's first frame.
    public var pts: Duration
    /// Pixels.
    public var width: Int
    /// Pixels.
    public var height: Int

    public init(_ frame: Frame) {
        number = frame.number
        pts = frame.pts
        width = frame.image.width
        height = frame.image.height
    }
}

/// A face as it is drawn on a frame and listed with it.
public struct ShownFace: Sendable, Equatable {
    /// The number of its track; nil while the track is not confirmed, and while it is open whose face it is.
    public let track: Int?
    public let face: Face
    /// nil while the track is undecided.
    public let verdict: Verdict?

    public init(track: Int?, face: Face, verdict: Verdict?) {
        self.track = track
        self.face = face
        self.verdict = verdict
    }
}
