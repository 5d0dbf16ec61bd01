import Events
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
        /// The frames so far.
        var frames: [ShownFrame] = []
        for event in run.events {
            switch event.content {
            case .frame(let reference, let faces, _):
                let frame = ShownFrame(reference: reference, faces: faces)
                for face in faces {
                    guard let number = face.track else { continue }
                    if tracks[number]?.isSeen == false {
                        tracks[number]?.addEarlierFrames(of: face, in: frames, of: run)
                    }
                    tracks[number]?.add(face, in: frame, of: run)
                }
                frames.append(frame)
            case .track(let event, _):
                let now = seconds(event.frame)
                tracks[event.track, default: TrackSummary(track: event.track, from: now, to: now)].apply(event, at: now)
            case .sourceUp, .sourceDown, .sourceEnded: break
            }
        }
        return tracks.values.sorted { $0.track < $1.track }.map { track in
            var track = track
            track.waited = track.waited.roundedToFourDecimals
            return track
        }
    }

    private struct ShownFrame {
        let reference: FrameReference
        let faces: [ShownFace]
    }

    /// IoU from which a box is taken for the same face as in the next frame.
    private static let minOverlap = 0.3

    /// To a millisecond, as events have it.
    private static func seconds(_ frame: FrameReference) -> Double { frame.pts.milliseconds.rounded() / 1000 }

    /// Follows the face back through the frames before the track was confirmed, in which it had no track number.
    private mutating func addEarlierFrames(of face: ShownFace, in frames: [ShownFrame], of run: TrackRun) {
        var box = face.face.box
        for frame in frames.reversed() {
            let earlier = frame.faces.first { $0.track == nil && $0.face.box.overlap(box) >= Self.minOverlap }
            guard let earlier else { return }
            box = earlier.face.box
            from = Self.seconds(frame.reference)
            if run.isRecognizable(earlier, inFrame: frame.reference.number) {
                recognizable = from
                waited += run.interval
            }
        }
    }

    private mutating func add(_ face: ShownFace, in frame: ShownFrame, of run: TrackRun) {
        isSeen = true
        to = Self.seconds(frame.reference)
        guard run.isRecognizable(face, inFrame: frame.reference.number) else { return }
        if recognizable == nil { recognizable = to }
        if names.isEmpty { waited += run.interval }
    }

    private mutating func apply(_ event: TrackEvent, at now: Double) {
        switch event.change {
        case .appeared: break
        case .decided(let verdict), .revised(let verdict, _):
            let newName = verdict.identity.name
            if let newName, newName != name {
                named = now
                names.append(newName)
            }
            if newName == nil { named = nil }
            (name, unknownID) = (newName, verdict.identity.unknownID)
        case .lost(let end): best = Event.View(end.best)
        }
    }
}
