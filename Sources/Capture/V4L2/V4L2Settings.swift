/// Which camera to open with Video4Linux, and what to ask of it.
public struct V4L2Settings: Sendable, Hashable, Codable {
    /// Its device file, such as `/dev/video0` or one in `/dev/v4l/by-id`, looked up at each opening.
    public var path: String
    /// Pixels. The camera gives what it has that comes closest.
    public var width: Int
    public var height: Int
    /// Frames a second.
    public var fps: Double
    /// Values of its controls by their names, spelled as `v4l2-ctl -l` does.
    public var controls: [String: Int]

    public init(
        path: String, width: Int = 1280, height: Int = 720, fps: Double = 30, controls: [String: Int] = [:]
    ) {
        self.path = path
        self.width = width
        self.height = height
        self.fps = fps
        self.controls = controls
    }
}
