import VisageCore

/// The faces that are being followed, as the events tell it.
struct LiveTracks {
    private struct Key: Hashable {
        let camera: String
        let track: Int
    }

    private var tracks: [Key: Event.LiveTrack] = [:]

    /// By camera, then by number.
    var sorted: [Event.LiveTrack] {
        tracks.values.sorted { ($0.camera, $0.track) < ($1.camera, $1.track) }
    }

    mutating func apply(_ event: Event) {
        guard let camera = event.camera, let track = event.track else { return }
        let key = Key(camera: camera, track: track)
        switch event.type {
        case .appeared, .identified, .unknown:
            set(key, name: event.name, unknownID: event.unknownID)
        case .revised:
            set(key, name: event.to?.name, unknownID: event.to?.unknownID)
        case .lost:
            tracks[key] = nil
        default:
            break
        }
    }

    private mutating func set(_ key: Key, name: String?, unknownID: String?) {
        var live = Event.LiveTrack(camera: key.camera, track: key.track, identity: nil)
        live.name = name
        live.unknownID = unknownID
        tracks[key] = live
    }
}
