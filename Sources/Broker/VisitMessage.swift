import Events
import VisageCore

/// What is published about a visit: the verdict, a correction of it, and the end.
struct VisitMessage: Encodable, Equatable {
    /// The types of Home Assistant's event.
    enum Kind: String, Encodable, CaseIterable {
        case identified, unknown, revised, left
    }

    var kind: Kind
    var machine: String
    var camera: String
    /// The same in all messages about a visit, and in none about another one.
    var visit: String
    /// When it happened, RFC 3339.
    var time: String
    /// When the face appeared; nil if that was missed.
    var since: String?
    /// Whether it is told so late that nobody should act on it.
    var isLate: Bool
    var name: String?
    var unknownID: String?
    /// Stands for the name in triggers.
    var person: String?
    /// What the verdict was before.
    var from: Presence.Person?
    var probability: Double?
    var similarity: Double?
    var margin: Double?
    var samples: Int?
    var durationMs: Int?
    var seq: Int64?
    var frame: Event.FrameDetails?
    var box: [Double]?
    var best: Event.View?
    /// Where the moment is in the recording.
    var recording: RecordingPosition?

    enum CodingKeys: String, CodingKey {
        case kind = "event_type"
        case machine, camera, visit, time, since, name, person, from, probability, similarity, margin, samples, seq
        case frame, box, best, recording
        case isLate = "late"
        case unknownID = "unknown_id"
        case durationMs = "duration_ms"
    }

    init(_ kind: Kind, machine: String, camera: String, run: String, _ visitor: Presence.Visitor, time: String) {
        self.kind = kind
        self.machine = machine
        self.camera = camera
        visit = "\(run)-\(visitor.track)"
        self.time = time
        since = visitor.since
        isLate = false
        name = visitor.person.name
        unknownID = visitor.person.unknownID
        person = visitor.person.name.map(Topics.hash)
    }

    /// Adds what the event says.
    mutating func add(_ event: Event) {
        seq = event.seq
        if let sighting = event.sighting {
            (frame, box) = (sighting.frame, sighting.box)
            recording = sighting.recording
        }
        if let finding = event.finding {
            (probability, similarity) = (finding.probability, finding.similarity)
            (margin, samples) = (finding.margin, finding.samples)
        }
        if case .lost(_, _, let departure) = event.content {
            (durationMs, best) = (departure.durationMs, departure.best)
        }
    }
}
