import VisageCore

/// What a run told of one track. Times are the frames' pts in seconds.
struct TrackTold: Encodable {
    let track: Int
    var from: Double
    var to: Double
    /// Who it was in the end; neither, if that was never said.
    var name: String?
    var unknownID: String?
    /// Everybody whom it was called, in that order.
    var names: [String] = []
    /// When the face could first be known: 60 pixels wide and good enough to be embedded.
    var recognisable: Double?
    /// When the last name was told.
    var named: Double?
    var best: Event.View?

    enum CodingKeys: String, CodingKey {
        case track, from, to, name, names, recognisable, named, best
        case unknownID = "unknown_id"
    }

    /// All tracks of a run, in their order.
    static func all(in run: TrackRun) -> [TrackTold] {
        var tracks: [Int: TrackTold] = [:]
        for event in run.events {
            let now = Double(event.frame?.ptsMs ?? 0) / 1000
            if event.type == .frame {
                for face in event.faces ?? [] { tracks[face.track ?? 0]?.see(face, in: run, event, at: now) }
            }
            guard let number = event.track else { continue }
            tracks[number, default: TrackTold(track: number, from: now, to: now)].hear(event, at: now)
        }
        return tracks.values.sorted { $0.track < $1.track }
    }

    private mutating func see(_ face: Event.FaceInFrame, in run: TrackRun, _ event: Event, at now: Double) {
        to = now
        guard let number = event.frame?.number, run.recognisable.indices.contains(number),
            run.recognisable[number].contains(where: { $0.box == face.box })
        else { return }
        if recognisable == nil { recognisable = now }
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
