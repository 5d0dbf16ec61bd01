/// Which views of a tracked face are embedded.
public struct EmbeddingPolicy: Sendable {
    /// Views of less quality say nothing.
    public var minQuality = 0.08
    /// Views from here on tell at least whether a face is one that was here before: a girl's of 30 pixels were as alike as
    /// 0.56 to her own of seconds ago, and -0.07 to those of a man beside her.
    public var minHintQuality = 0.005
    /// A new face gets this many as fast as `spacing` allows.
    public var firstSamples = 4
    /// Views closer together say the same.
    public var spacing = Duration.milliseconds(120)
    public var clearlyBetter = 1.25
    /// How long after the last view a face whose verdict is open to change is embedded again.
    public var confirmEvery = Duration.seconds(1)
    /// The same for a face that views have confirmed again and again: each that does doubles the time, up to this.
    public var confirmAtLeastEvery = Duration.seconds(4)
    /// Jobs under way for one camera; more faces than that take turns.
    public var inFlight = 6
    /// Of files: a result applies exactly so many frames after its job was submitted.
    public var delay = 8
    /// The same while a face has no verdict, which waits for it, or is in doubt.
    public var firstDelay = 3

    public init() {}
}
