import Foundation

/// Delivers frames, one camera or file. Calls block; each source is used from one thread, but `cancel` may come
/// from any.
public protocol FrameSource: AnyObject, Sendable {
    /// What a person knows it by, without credentials.
    var name: String { get }
    /// Whether it goes on without us: then its newest frame is the one wanted, and `next` is to be called only when
    /// that can be worked on at once. Otherwise every frame counts.
    var isLive: Bool { get }
    /// The next frame or other news; nil when the source has ended for good.
    /// - Throws: `VisageError` when it cannot deliver and never will.
    func next() throws -> SourceNews?
    /// Makes a `next` that is waiting, and all that follow, return nil soon.
    func cancel()
    /// Once it has ended: why it did before its time, if it did.
    var endedEarly: String? { get }
    /// Frames that did not become news, since the start.
    var losses: SourceLosses { get }
    /// What hangs in it, for a person; nil while it delivers, waits until a frame is due, or says that it does not deliver
    /// and tries again.
    func standstill(at now: MonotonicTime) -> String?
}

extension FrameSource {
    public var isLive: Bool { false }
    public var endedEarly: String? { nil }
    public var losses: SourceLosses { SourceLosses() }
    public func standstill(at now: MonotonicTime) -> String? { nil }

    /// The next frame, for those whom other news does not concern; nil when the source has ended for good.
    /// - Throws: what `next` does.
    public func nextFrame() throws -> Frame? {
        while let news = try next() {
            if case .frame(let frame) = news { return frame }
        }
        return nil
    }
}

/// What a source has to tell.
public enum SourceNews: Sendable {
    case frame(Frame)
    /// It was opened; says what was agreed on, such as "1280x720 MJPG at 30 fps".
    case opened(String)
    /// It does not deliver, and will be tried again. Frames before and after an outage have nothing to do with each
    /// other.
    case outage(Outage)
}

/// Why a camera does not deliver.
public struct Outage: Sendable, Equatable {
    /// For a person; without credentials.
    public var reason: String
    /// 1 for the failure that began it.
    public var attempt: Int
    /// Until the next attempt.
    public var retryIn: Duration
    /// Whether that attempt may succeed without a person's help.
    public var retry: RetryAdvice

    public init(reason: String, attempt: Int, retryIn: Duration, retry: RetryAdvice = .mayHelp) {
        self.reason = reason
        self.attempt = attempt
        self.retryIn = retryIn
        self.retry = retry
    }
}

/// Frames that a source had or should have had, and did not deliver.
public struct SourceLosses: Sendable, Equatable {
    /// Sound, but newer ones were there when somebody had time for one.
    public var skipped = 0
    /// Left out because they were damaged.
    public var damaged = 0
    /// Counted by the camera, and never come.
    public var missed = 0

    public init() {}

    public static func - (left: SourceLosses, right: SourceLosses) -> SourceLosses {
        var difference = left
        difference.skipped -= right.skipped
        difference.damaged -= right.damaged
        difference.missed -= right.missed
        return difference
    }
}

/// Finds faces. Safe to call from several threads.
public protocol FaceDetector: Sendable {
    /// Faces in pixels of `image`, best score first.
    func detect(in image: PixelBuffer) throws -> [Face]
}

/// An embedding of one view of a face, and what that view is worth.
public struct FaceSample: Sendable {
    public let embedding: Embedding
    public let quality: FaceQuality

    public init(embedding: Embedding, quality: FaceQuality) {
        self.embedding = embedding
        self.quality = quality
    }
}

/// What a view of a face is worth for recognition; each factor and their product 0...1.
public struct FaceQuality: Sendable, Hashable {
    /// From the box's short side.
    public var size: Double
    /// From the landmarks: 1 frontal, towards 0 in profile.
    public var pose: Double
    /// From the crop's fine detail.
    public var sharpness: Double
    /// The detector's own confidence.
    public var score: Double
    /// Less than 1 where the frame's edge cuts into the face.
    public var completeness: Double
    /// How much of a face the embedder saw there.
    public var clarity: Double

    public init(size: Double, pose: Double, sharpness: Double, score: Double, completeness: Double, clarity: Double) {
        self.size = size
        self.pose = pose
        self.sharpness = sharpness
        self.score = score
        self.completeness = completeness
        self.clarity = clarity
    }

    public var overall: Double { size * pose * sharpness * score * completeness * clarity }
}

/// Turns faces into embeddings. Safe to call from several threads.
public protocol FaceEmbedder: Sendable {
    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample
}

/// Says who an embedding is. Safe to call from several threads.
public protocol IdentityClassifier: Sendable {
    /// nil when the gallery has nobody.
    func classify(_ embedding: Embedding) -> Match?
}

/// Takes events in their order. Never blocks on a reader.
public protocol EventSink: Sendable {
    func publish(_ event: Event)
    /// True while somebody wants an event for every frame.
    var wantsFrames: Bool { get }
}

/// Where a frame lies in a recording.
public struct RecordingPosition: Sendable, Hashable, Codable {
    /// File name within the camera's recording folder.
    public var file: String
    public var offsetMs: Int

    public init(file: String, offsetMs: Int) {
        self.file = file
        self.offsetMs = offsetMs
    }

    enum CodingKeys: String, CodingKey {
        case file
        case offsetMs = "offset_ms"
    }
}

/// Writes annotated frames to disk. `position` is asked when a frame is decided on, `write` follows later, on
/// another thread, in the same order.
public protocol FrameRecorder: Sendable {
    /// Where the frame will stand; nil when nothing is being recorded.
    func position(of frame: Frame) -> RecordingPosition?
    /// The frames to come are not to follow the ones before in the same file. Asked where `position` is.
    func interrupt()
    /// May block while the encoder works.
    func write(_ frame: Frame, at position: RecordingPosition)
    /// Completes the file that was written last, if there will be no more frames in it for a while. Called where
    /// `write` is.
    func complete()
    /// Completes the file; no frame follows.
    func finish()
}

/// Shows annotated frames to whoever watches. Never blocks on a reader.
public protocol FrameBroadcaster: Sendable {
    /// True while somebody watches.
    var isWatched: Bool { get }
    func show(_ frame: Frame)
}
