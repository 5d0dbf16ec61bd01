/// Settings of a detector.
public struct DetectorOptions: Sendable, Hashable {
    /// Pixels that the longer side of a frame is scaled to. SSD always uses 300 x 300.
    public var input = 640
    /// Faces with a lower score are not reported; nil: the score with which a face can continue a track.
    public var minimumScore: Double?
    /// Whether frames of all shapes are padded to a square, so that one network does for all, as for photos.
    public var square = false

    public init() {}
}
