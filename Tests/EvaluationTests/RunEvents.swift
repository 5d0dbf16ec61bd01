import Foundation
import TestSupport
import VisageCore

/// Hand-made events of a run, as a camera pipeline publishes them.
enum RunEvents {
    private static let image = Pictures.plain(width: 16, height: 16, y: 100)

    /// A box of 100 pixels, so large that its face is expected to be recognized.
    static func box(_ x: Double) -> BoundingBox { BoundingBox(x: x, y: 0, width: 100, height: 100) }

    static func frame(_ number: Int, rate: Double = 10, _ faces: [Event.FaceInFrame]) -> Event {
        var event = event(.frame, number, rate: rate)
        event.faces = faces
        return event
    }

    static func face(_ box: BoundingBox, track: Int?, _ identity: Identity? = nil) -> Event.FaceInFrame {
        Event.FaceInFrame(track: track, box: Event.coordinates(box), score: 0.9, identity: identity)
    }

    /// An event about a track.
    static func event(
        _ type: EventType, _ number: Int, rate: Double = 10, track: Int? = nil, _ identity: Identity? = nil
    ) -> Event {
        var event = Event(type, time: Date(timeIntervalSince1970: 1_700_000_000), camera: "film")
        event.frame = Event.FrameReference(Pictures.frame(number, rate: rate, image: image))
        event.track = track
        event.name = identity?.name
        event.unknownID = identity?.unknownID
        return event
    }
}
