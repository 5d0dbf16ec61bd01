/// What the head of a video file says about it.
public struct VideoInfo: Sendable, Hashable {
    /// In pixels, as shown: after rotation.
    public let width: Int
    public let height: Int
    /// Frames a second, on average; nil if the file does not say.
    public let fps: Double?
    /// nil if the file does not say.
    public let duration: Duration?
    /// The number of frames; an estimate unless the container counts them, nil if there is nothing to go by.
    public let frames: Int?
}
