import Foundation

/// Delivers the frames of one camera or file. Calls block; each source is used from one thread, but `cancel` may be called
/// from any.
public protocol FrameSource: AnyObject, Sendable {
    /// Its name in messages, without credentials.
    var name: String { get }
    /// Whether it goes on while nothing is read from it. Then only its newest frame matters, and `next` is to be called when
    /// that can be processed at once. Otherwise every frame counts.
    var isLive: Bool { get }
    /// Waits for the next event; nil when the source has ended for good.
    /// - Throws: `VisageError` when it cannot deliver and never will.
    func next() throws -> SourceEvent?
    /// Makes a `next` that is waiting, and all that follow, return nil soon.
    func cancel()
    /// Once it has ended: why it ended before its time; nil if it did not.
    var endedEarly: String? { get }
    /// Frames that were not delivered, since the start.
    var losses: SourceLosses { get }
    /// What in it hangs, for a person; nil while it delivers, waits until a frame is due, or has reported an outage and tries
    /// again.
    func stall(at now: MonotonicTime) -> String?
}

extension FrameSource {
    public var isLive: Bool { false }
    public var endedEarly: String? { nil }
    public var losses: SourceLosses { SourceLosses() }
    public func stall(at now: MonotonicTime) -> String? { nil }

    /// The next frame, passing over other events; nil when the source has ended for good.
    /// - Throws: what `next` does.
    public func nextFrame() throws -> Frame? {
        while let event = try next() {
            if case .frame(let frame) = event { return frame }
        }
        return nil
    }
}

/// What happens at a source.
public enum SourceEvent: Sendable {
    case frame(Frame)
    /// It was opened, in a mode such as "1280x720 MJPG at 30 fps".
    case opened(String)
    /// It does not deliver, and will be tried again. Frames after an outage do not continue those before it.
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

/// Frames that a source had, or should have had, and did not deliver.
public struct SourceLosses: Sendable, Equatable {
    /// Undamaged, but replaced by newer ones before they could be processed.
    public var skipped = 0
    /// Left out because they were damaged.
    public var damaged = 0
    /// Counted by the camera but never received.
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

    /// How much of the face can be told, near or far: blurred and dark faces have little.
    public var detail: Double { sharpness * clarity }

    public var overall: Double { size * pose * sharpness * score * completeness * clarity }
}

/// Turns faces into embeddings. Safe to call from several threads.
public protocol FaceEmbedder: Sendable {
    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample
}

/// Says who a tracked face is. Safe to call from several threads.
public protocol IdentityClassifier: Sendable {
    /// Similarity to a person from which a tracked face gets the person's name.
    var trackThreshold: Double { get }
    /// - Parameter embedding: the mean of the track's views.
    /// - Returns: nil when the gallery has nobody.
    func classify(_ embedding: Embedding) -> Match?
}

/// Takes events in their order. Never blocks on a reader.
public protocol EventSink: Sendable {
    func publish(_ event: CameraEvent)
    /// True while a subscriber wants an event for every frame.
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
    /// Where the frame will be; nil while nothing is being recorded. Does not wait for the disk.
    func position(of frame: Frame) -> RecordingPosition?
    /// Makes the next frame begin a new file. Called from the thread that calls `position`.
    func interrupt()
    /// Encodes and writes the frame; blocks meanwhile.
    func write(_ frame: Frame, at position: RecordingPosition)
    /// Completes the file that was written last, because no more frames come for a while. Called from the thread that calls
    /// `write`.
    func complete()
    /// Completes the file; no more frames may follow.
    func finish()
    /// Whether the camera's own packets are recorded, which come by another way: then `note` is called in place of `write`.
    var copiesPackets: Bool { get }
    /// Writes down what is to be seen on the frame. Called from the thread that calls `write`.
    func note(_ faces: [ShownFace], at position: RecordingPosition)
    /// Packets that were lost on their way to the file since the last call.
    func takeLostPackets() -> Int
    /// Its own work, beyond these calls; nil if it has none.
    var work: WorkMeter? { get }
}

extension FrameRecorder {
    public var copiesPackets: Bool { false }
    public func note(_ faces: [ShownFace], at position: RecordingPosition) {}
    public func takeLostPackets() -> Int { 0 }
    public var work: WorkMeter? { nil }
}

/// Sends frames to viewers. Never waits for one of them.
public protocol FrameBroadcaster: Sendable {
    /// True while there are viewers.
    var hasViewers: Bool { get }
    func show(_ frame: Frame)
}
