/// How video is encoded.
public struct EncoderSettings: Sendable, Hashable {
    /// x264's presets, fastest first.
    public static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
        "placebo",
    ]

    /// One of `presets`: `ultrafast`, `superfast`, `veryfast`, `faster`, ... each slower than the one before, with smaller
    /// files.
    public var preset: String
    /// x264's constant rate factor, 0...51: a lower one means better pictures and larger files; 18 looks
    /// like the original, 28 is coarse.
    public var crf: Int
    /// At least 1. With more, a picture is cut into as many slices that are encoded side by side.
    public var threads: Int

    public init(preset: String = "superfast", crf: Int = 23, threads: Int = 1) {
        self.preset = preset
        self.crf = crf
        self.threads = threads
    }
}
