import Events
import VisageCore

/// The keys of an event's line, whatever its type: tests look at events of several types at once. nil where the type does
/// not have the key.
extension Event {
    public var frame: FrameDetails? {
        if case .frame(let content) = content { content.frame } else { sighting?.frame }
    }
    public var track: Int? { sighting?.track }
    public var box: [Double]? { sighting?.box }
    public var score: Double? { sighting?.score }
    public var name: String? { finding?.name }
    public var unknownID: String? { finding?.unknownID }
    public var probability: Double? { finding?.probability }
    public var similarity: Double? { finding?.similarity }
    public var margin: Double? { finding?.margin }
    public var samples: Int? { finding?.samples }
    public var from: Subject? { revision?.from }
    public var to: Subject? { revision?.to }
    public var durationMs: Int? { departure?.durationMs }
    public var best: View? { departure?.best }
    public var faces: [FaceInFrame]? { if case .frame(let content) = content { content.faces } else { nil } }
    public var stats: Stats? { if case .stats(let stats) = content { stats } else { nil } }
    public var status: Status? { if case .status(let status) = content { status } else { nil } }
    public var dropped: Int? { gap?.dropped }
    public var since: Int64? { gap?.since }
    public var code: ErrorCode? { if case .error(let failure) = content { failure.code } else { nil } }
    public var attempt: Int? { down?.attempt }
    public var retryInMs: Int? { down?.retryInMs }
    public var version: String? { hello?.version }
    public var cameras: [String]? { hello?.cameras }
    public var feeds: [Feed]? { hello?.feeds }
    public var tracks: [LiveTrack]? { hello?.tracks }
    public var oldest: Int64? { hello?.oldest }
    public var newest: Int64? { hello?.newest }
    public var epoch: String? { hello?.epoch }

    public var reason: String? {
        if case .error(let failure) = content { failure.reason } else { down?.reason }
    }

    public var recording: RecordingPosition? {
        get { if case .frame(let content) = content { content.recording } else { sighting?.recording } }
        set {
            if case .frame(var frame) = content {
                frame.recording = newValue
                content = .frame(frame)
                return
            }
            guard var sighting else { return }
            sighting.recording = newValue
            switch content {
            case .appeared: content = .appeared(sighting)
            case .identified(_, let finding): content = .identified(sighting, finding)
            case .unknown(_, let finding): content = .unknown(sighting, finding)
            case .revised(_, let finding, let revision): content = .revised(sighting, finding, revision)
            case .lost(_, let finding, let departure): content = .lost(sighting, finding, departure)
            default: break
            }
        }
    }

    private var hello: Hello? { if case .hello(let hello) = content { hello } else { nil } }
    private var gap: Gap? { if case .gap(let gap) = content { gap } else { nil } }
    private var down: SourceDown? { if case .sourceDown(let down) = content { down } else { nil } }
    private var revision: Revision? { if case .revised(_, _, let revision) = content { revision } else { nil } }
    private var departure: Departure? { if case .lost(_, _, let departure) = content { departure } else { nil } }
}
