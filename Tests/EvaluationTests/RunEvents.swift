import Foundation
import TestSupport
import VisageCore

/// Hand-made events of a run, as a camera pipeline publishes them.
enum RunEvents {
    private static let image = Pictures.plain(width: 16, height: 16, y: 100)

    /// A box of 100 pixels, so large that its face is expected to be recognized.
    static func box(_ x: Double) -> BoundingBox { BoundingBox(x: x, y: 0, width: 100, height: 100) }

    static func frame(_ number: Int, rate: Double = 10, _ faces: [ShownFace]) -> CameraEvent {
        event(.frame(reference(number, rate), faces, nil))
    }

    static func face(_ box: BoundingBox, track: Int?, _ identity: Identity? = nil) -> ShownFace {
        ShownFace(
            track: track, face: Face(box: box, landmarks: nil, score: 0.9), verdict: identity.map(verdict))
    }

    static func verdict(_ identity: Identity) -> Verdict { Verdict(identity: identity, match: nil, samples: 3) }

    /// An event of a track.
    static func event(_ change: TrackEvent.Change, _ number: Int, rate: Double = 10, track: Int) -> CameraEvent {
        event(
            .track(
                TrackEvent(track: track, frame: reference(number, rate), box: box(0), score: 0.9, change: change), nil))
    }

    /// The first verdict on a track.
    static func decided(_ number: Int, track: Int, _ identity: Identity) -> CameraEvent {
        event(.decided(verdict(identity)), number, track: track)
    }

    private static func reference(_ number: Int, _ rate: Double) -> FrameReference {
        FrameReference(Pictures.frame(number, rate: rate, image: image))
    }

    private static func event(_ content: CameraEvent.Content) -> CameraEvent {
        CameraEvent(camera: "film", time: Date(timeIntervalSince1970: 1_700_000_000), content)
    }
}
