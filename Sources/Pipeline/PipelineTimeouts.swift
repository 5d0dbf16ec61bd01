/// For how long the parts of a pipeline may make no progress before it counts as hung.
public struct PipelineTimeouts: Sendable, Equatable {
    /// For a frame from capture through detection and decision, the compilation of the detector's network included.
    public var processing = Duration.seconds(8)
    /// For an event. Shorter than `processing`, so that the specific cause is reported first.
    public var publishing = Duration.seconds(7)
    /// For a frame of the recording. Longer, because disks can be slow, and the recording keeps nobody waiting.
    public var recording = Duration.seconds(30)

    public init() {}
}
