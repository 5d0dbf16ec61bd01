import VisageCore

/// What the events of a run say about one track. Times are the PTS of frames in seconds.
struct TrackTold: Encodable {
    let track: Int
    var from: Double
    var to: Double
    /// The last verdict: `name` or `unknownID`; neither if the track stayed undecided.
    var name: String?
    var unknownID: String?
    /// All names that the track was given, in order.
    var names: [String] = []
    /// The first time at which the face was recognizable: 60 pixels wide and good enough to be embedded.
    var recognisable: Double?
    /// How long it was recognizable, up to its first name or the end of the track.
    var waited = 0.0
    /// The time of the last name.
    var named: Double?
    var best: Event.View?
    /// Whether any frame event had this track.
    private var isSeen = false

    enum CodingKeys: String, CodingKey {
        case track, from, to, name, names, recognisable, waited, named, best
        case unknownID = "unknown_id"
    }

    /// All tracks of a run, by number.
    static func all(in run: TrackRun) -> [TrackTold] {
        var tracks: [Int: TrackTold] = [:]
        /// The frame events so far.
        var frames: [Event] = []
        for event in run.events {
            if event.type == .frame {
                for face in event.faces ?? [] {
                    guard let number = face.track else { continue }
                    if tracks[number]?.isSeen == false { tracks[number]?.seeBefore(face, in: frames, of: run) }
                    tracks[number]?.see(face, in: run, event)
                }
                frames.append(event)
            }
            guard let number = event.track else { continue }
            let now = seconds(event)
            tracks[number, default: TrackTold(track: number, from: now, to: now)].hear(event, at: now)
        }
        return tracks.values.sorted { $0.track < $1.track }.map { track in
            var track = track
            track.waited = Event.rounded(track.waited)
            return track
        }
    }

    private static func seconds(_ event: Event) -> Double { Double(event.frame?.ptsMs ?? 0) / 1000 }

    /// Follows the face back through the frames before its first event, when it had no track number.
    private mutating func seeBefore(_ face: Event.FaceInFrame, in frames: [Event], of run: TrackRun) {
        var box = Event.box(face.box)
        for event in frames.reversed() {
            let earlier = (event.faces ?? []).first { $0.track == nil && Event.box($0.box).overlap(box) >= 0.3 }
            guard let earlier else { return }
            box = Event.box(earlier.box)
            from = Self.seconds(event)
            if run.canRecognise(earlier, in: event) {
                recognisable = from
                waited += run.interval
            }
        }
    }

    private mutating func see(_ face: Event.FaceInFrame, in run: TrackRun, _ event: Event) {
        isSeen = true
        to = Self.seconds(event)
        guard run.canRecognise(face, in: event) else { return }
        if recognisable == nil { recognisable = to }
        if names.isEmpty { waited += run.interval }
    }

    private mutating func hear(_ event: Event, at now: Double) {
        switch event.type {
        case .identified, .unknown, .revised:
            if let told = event.name, told != name {
                named = now
                names.append(told)
            }
            if event.name == nil { named = nil }
            (name, unknownID) = (event.name, event.unknownID)
        case .lost: best = event.best
        default: break
        }
    }
}
