import VisageCore

/// One track, as the events of a run report it. Times are the PTS of frames in seconds. Keys as `visage tracks --json`
/// prints them.
package struct TrackSummary: Encodable {
    package let track: Int
    /// The first frame with the face, which may be earlier than the first event of the track.
    package private(set) var from: Double
    package private(set) var to: Double
    /// The last verdict: `name` or `unknownID`; neither if the track stayed undecided.
    package private(set) var name: String?
    package private(set) var unknownID: String?
    /// All names that the track was given, in order.
    package private(set) var names: [String] = []
    /// The first time at which the face was recognizable: 60 pixels wide and good enough to be embedded.
    package private(set) var recognizable: Double?
    /// How long it was recognizable, up to its first name or the end of the track.
    package private(set) var waited = 0.0
    /// The time of the last name.
    package private(set) var named: Double?
    package private(set) var best: Event.View?
    /// Whether any frame event had this track.
    private var isSeen = false

    enum CodingKeys: String, CodingKey {
        case track, from, to, name, names, waited, named, best
        case recognizable = "recognisable"
        case unknownID = "unknown_id"
    }

    /// All tracks of a run, by number.
    package static func all(in run: TrackRun) -> [TrackSummary] {
        var tracks: [Int: TrackSummary] = [:]
        /// The frame events so far.
        var frames: [Event] = []
        for event in run.events {
            if event.type == .frame {
                for face in event.faces ?? [] {
                    guard let number = face.track else { continue }
                    if tracks[number]?.isSeen == false {
                        tracks[number]?.addEarlierFrames(of: face, in: frames, of: run)
                    }
                    tracks[number]?.add(face, in: event, of: run)
                }
                frames.append(event)
            }
            guard let number = event.track else { continue }
            let now = seconds(event)
            tracks[number, default: TrackSummary(track: number, from: now, to: now)].apply(event, at: now)
        }
        return tracks.values.sorted { $0.track < $1.track }.map { track in
            var track = track
            track.waited = Event.rounded(track.waited)
            return track
        }
    }

    /// IoU from which a box is taken for the same face as in the next frame.
    private static let minOverlap = 0.3

    private static func seconds(_ event: Event) -> Double { Double(event.frame?.ptsMs ?? 0) / 1000 }

    /// Follows the face back through the frames before the track was confirmed, in which it had no track number.
    private mutating func addEarlierFrames(of face: Event.FaceInFrame, in frames: [Event], of run: TrackRun) {
        var box = Event.box(face.box)
        for event in frames.reversed() {
            let earlier = (event.faces ?? []).first {
                $0.track == nil && Event.box($0.box).overlap(box) >= Self.minOverlap
            }
            guard let earlier else { return }
            box = Event.box(earlier.box)
            from = Self.seconds(event)
            if run.isRecognizable(earlier, in: event) {
                recognizable = from
                waited += run.interval
            }
        }
    }

    private mutating func add(_ face: Event.FaceInFrame, in event: Event, of run: TrackRun) {
        isSeen = true
        to = Self.seconds(event)
        guard run.isRecognizable(face, in: event) else { return }
        if recognizable == nil { recognizable = to }
        if names.isEmpty { waited += run.interval }
    }

    private mutating func apply(_ event: Event, at now: Double) {
        switch event.type {
        case .identified, .unknown, .revised:
            if let newName = event.name, newName != name {
                named = now
                names.append(newName)
            }
            if event.name == nil { named = nil }
            (name, unknownID) = (event.name, event.unknownID)
        case .lost: best = event.best
        default: break
        }
    }
}
