// Visits is the event log as people ask for it: who came, when, for how long. One row for each track, kept in a database of
// its own, so that neither reading nor indexing it costs the daemon anything. It can be made anew from the log.

/// A face that was followed from where it appeared to where it was lost.
public struct Visit: Sendable, Equatable, Codable {
    /// What the verdict says.
    public enum Kind: Int, Sendable, Codable {
        /// The face was gone before there was a verdict.
        case undecided = 0
        case person = 1
        case unknown = 2
    }

    /// Grows with the time of appearance; never reused.
    public var id: Int64
    /// Where the camera is; nil: at this machine. Recordings and pictures are there too.
    public var machine: String?
    public var camera: String
    public var kind: Kind
    /// Name or id; nil while undecided.
    public var subject: String?
    /// Milliseconds since 1970, UTC.
    public var start: Int64
    /// Of the last event; milliseconds since 1970, UTC.
    public var end: Int64
    /// From first to last sight; nil while the face is in sight.
    public var durationMs: Int64?
    /// Whether the face has been lost.
    public var isOver: Bool
    /// What the verdict stands on, see `Event.Finding`; nil without a verdict.
    public var similarity: Double?
    public var probability: Double?
    public var margin: Double?
    public var samples: Int?
    /// How often the verdict has changed.
    public var revisions: Int
    /// The recording in which the face appears, the name of a file in the folder of its camera.
    public var file: String?
    /// Where in it, in milliseconds.
    public var offsetMs: Int64?
    /// The best view: milliseconds after the appearance, and 0...1.
    public var bestAfterMs: Int64?
    public var quality: Double?
    /// Where the face is in the best view, `[x, y, width, height]` in pixels of a frame of this size.
    public var box: [Double]?
    public var width: Int?
    public var height: Int?

    enum CodingKeys: String, CodingKey {
        case id, machine, camera, kind, subject, start, end, similarity, probability, margin, samples, revisions, file,
            quality,
            box
        case width, height
        case durationMs = "duration_ms"
        case isOver = "over"
        case offsetMs = "offset_ms"
        case bestAfterMs = "best_after_ms"
    }
}
