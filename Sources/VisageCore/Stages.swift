import Foundation

/// Delivers frames, one camera or file. Calls block; each source is used from one thread, but `cancel` may come
/// from any.
public protocol FrameSource: AnyObject, Sendable {
    /// What a person knows it by, without credentials.
    var name: String { get }
    /// The next frame; nil when the source has ended for good.
    /// - Throws: `VisageError` when it cannot deliver.
    func next() throws -> Frame?
    /// Makes a `next` that is waiting, and all that follow, return nil soon.
    func cancel()
    /// Once it has ended: why it did before its time, if it did.
    var endedEarly: String? { get }
}

extension FrameSource {
    public var endedEarly: String? { nil }
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
    /// May block while the encoder works.
    func write(_ frame: Frame, at position: RecordingPosition)
    /// Completes the file.
    func finish()
}

/// Shows annotated frames to whoever watches. Never blocks on a reader.
public protocol FrameBroadcaster: Sendable {
    /// True while somebody watches.
    var isWatched: Bool { get }
    func show(_ frame: Frame)
}
