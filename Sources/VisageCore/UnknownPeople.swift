import Foundation

/// Gives ids to unrecognized people and finds them again, across tracks, cameras and runs. Each camera has its own and calls
/// it in the order of its frames. It never waits for a disk.
public protocol UnknownPeople: Sendable {
    /// Whether views of unknown faces are kept.
    var keepsViews: Bool { get }
    /// Called once, when a track's verdict becomes unknown: who it is from then on.
    /// - Parameter others: ids of faces seen at the same time, who are other people therefore
    /// - Returns: an earlier unknown person's id, or a new one that was never given before.
    func recognize(_ face: UnknownFace, track: Int, besides others: Set<String>, at time: Date) -> String
    /// More is known of an unknown track's face.
    /// - Returns: the id that the track has from now on, if the face was not clear before and turns out to be an earlier
    ///   unknown person's.
    @discardableResult func learn(_ face: UnknownFace, track: Int, at time: Date) -> String?
    /// A view of an unknown track's face, to be kept if it is among the best.
    func keep(_ view: FaceView, track: Int)
    /// The track's face has got a name: what is known of the unknown person by this track goes.
    func withdraw(track: Int)
    /// The track has ended.
    func leave(track: Int)
}

/// What a track knows of an unknown face.
public struct UnknownFace: Sendable {
    /// All views, fused.
    public let embedding: Embedding
    /// Of the evidence: more counts for more beside what other tracks have left.
    public let weight: Double
    /// Whether that is enough to tell people apart by. Blurred and dark faces are like each other, whoever they are.
    public let isClear: Bool

    public init(embedding: Embedding, weight: Double, isClear: Bool) {
        self.embedding = embedding
        self.weight = weight
        self.isClear = isClear
    }
}

/// A face with what is around it, cut out of a frame as it came.
public struct FaceView: Sendable {
    /// Holds memory of its own, not the frame.
    public let picture: PixelBuffer
    public let sample: FaceSample
    /// Wall-clock time of the frame.
    public let taken: Date

    public init(picture: PixelBuffer, sample: FaceSample, taken: Date) {
        self.picture = picture
        self.sample = sample
        self.taken = taken
    }
}
