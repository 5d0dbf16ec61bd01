import Foundation

/// Knows again who is nobody's, across tracks, cameras and runs. Each camera has its own and calls it in the order of
/// its frames. It never waits for a disk.
public protocol UnknownPeople: Sendable {
    /// Whether views of unknown faces are kept.
    var keepsViews: Bool { get }
    /// Called once, when a track's verdict becomes unknown: who it is from then on.
    /// - Parameters:
    ///   - embedding: all that is known of the face
    ///   - others: ids of faces seen at the same time, who are other people therefore
    /// - Returns: an earlier unknown person's id, or a new one that was never given before.
    func recognize(_ embedding: Embedding, track: Int, besides others: Set<String>, at time: Date) -> String
    /// More is known of an unknown track's face.
    /// - Parameter weight: of the evidence; more counts for more beside what other tracks have left
    func learn(_ embedding: Embedding, weight: Double, track: Int, at time: Date)
    /// A view of an unknown track's face, to be kept if it is among the best.
    func keep(_ view: FaceView, track: Int)
    /// The track's face has got a name: what is known of the unknown person by this track goes.
    func withdraw(track: Int)
    /// The track has ended.
    func leave(track: Int)
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
