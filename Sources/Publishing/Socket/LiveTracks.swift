import Events
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
        guard let camera = event.camera, let sighting = event.sighting else { return }
        let key = Key(camera: camera, track: sighting.track)
        if case .lost = event.content {
            tracks[key] = nil
        } else {
            tracks[key] = Event.LiveTrack(camera: camera, track: sighting.track, subject: event.finding?.subject)
        }
    }
}
