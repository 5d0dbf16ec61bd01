import Events
import Foundation
import VisageCore

extension Event {
    /// A complete event as the daemon would make it.
    /// - Parameter name: nil: the face is unknown, with an id made of the track's number.
    public static func sample(
        _ type: EventType, camera: String = "door", track: Int = 1, name: String? = nil
    ) -> Event {
        let unknown = Identity.unknown(id: "u-\(track)")
        let identity = name.map(Identity.person) ?? unknown
        let match = Match(
            name: name ?? "Somebody", probability: nil, similarity: 0.8, margin: nil, accepted: name != nil)
        let verdict = Verdict(identity: identity, match: match, samples: 3)
        switch type {
        case .appeared: return sample(.appeared, camera, track)
        case .identified, .unknown: return sample(.decided(verdict), camera, track)
        case .revised: return sample(.revised(verdict, from: unknown), camera, track)
        case .lost:
            let best = FaceSighting(frame: 1, pts: .milliseconds(40), box: sampleBox, quality: 0.5)
            return sample(
                .lost(TrackEnd(duration: .seconds(1), best: best, verdict: name == nil ? nil : verdict)), camera, track)
        case .sourceUp: return Event(.sourceUp, time: Date(), camera: camera)
        case .sourceDown: return Event(.sourceDown(.init(reason: "unplugged")), time: Date(), camera: camera)
        case .frame:
            return Event(CameraEvent(camera: camera, time: Date(), .frame(FrameReference(.sample()), [], nil)))
        case .stats:
            let stats = Stats(
                fps: 25, latencyP50Ms: 20, latencyP99Ms: 40, skipped: 0, damaged: 0, missed: 0, unrecorded: 0,
                queued: 0, eventsDropped: 0)
            return Event(.stats(stats), time: Date(), camera: camera)
        case .status:
            let status = Status(started: "", engine: "", models: [:], cameras: [], gallery: nil)
            return Event(.status(status), time: Date())
        case .hello:
            let hello = Hello(version: "test", cameras: [], feeds: nil, tracks: [], oldest: 1, newest: 0)
            return Event(.hello(hello), time: Date())
        case .gap: return Event(.gap(.init(dropped: 1, since: 0)), time: Date())
        case .error: return Event(.error(.init(code: .badRequest, reason: "unreadable")), time: Date())
        }
    }

    private static let sampleBox = BoundingBox(x: 1, y: 2, width: 30, height: 40)

    private static func sample(_ change: TrackEvent.Change, _ camera: String, _ track: Int) -> Event {
        let event = TrackEvent(
            track: track, frame: FrameReference(.sample()), box: sampleBox, score: 0.9, change: change)
        return Event(CameraEvent(camera: camera, time: Date(), .track(event, nil)))
    }
}

extension Frame {
    public static func sample(_ number: Int = 0) -> Frame {
        let image = PixelBufferPool(width: 64, height: 48).make(matrix: .bt601)
        return Frame(
            number: number, pts: .milliseconds(40 * number), captured: .now, wall: Date(), image: image)
    }
}
