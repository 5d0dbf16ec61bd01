/// What a detector is asked to do.
public struct DetectorOptions: Sendable, Hashable {
    /// Pixels that the longer side of a frame is scaled to. SSD sees 300 x 300 whatever is said here.
    public var input = 640
    /// Faces with a lower score are not reported; nil: what trackers want of this detector, which is the weak ones too.
    public var minimumScore: Double?
    /// One network for frames of all shapes: for photos.
    public var square = false

    public init() {}
}
