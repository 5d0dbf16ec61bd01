import VisageCore

/// From the program's values to the wire's: milliseconds, tenths of a pixel, four decimals.
extension Event {
    public init(_ event: CameraEvent) {
        self.init(Content(event.content), time: event.time, camera: event.camera)
    }

    /// `[x, y, width, height]` to a tenth of a pixel.
    package static func coordinates(_ box: BoundingBox) -> [Double] {
        [box.x, box.y, box.width, box.height].map { ($0 * 10).rounded() / 10 }
    }

    static func milliseconds(_ duration: Duration) -> Int { Int(duration.milliseconds.rounded()) }
}

extension Event.Content {
    init(_ content: CameraEvent.Content) {
        switch content {
        case .sourceUp: self = .sourceUp
        case .sourceDown(let outage):
            self = .sourceDown(
                .init(
                    reason: outage.reason, attempt: outage.attempt,
                    // Whole milliseconds that have surely passed before the next attempt.
                    retryInMs: Int(outage.retryIn.milliseconds)))
        case .sourceEnded(let reason): self = .sourceDown(.init(reason: reason))
        case .track(let event, let position): self.init(event, position)
        case .frame(let frame, let faces, let position):
            self = .frame(
                .init(
                    frame: Event.FrameDetails(frame), faces: faces.map(Event.FaceInFrame.init),
                    recording: position))
        }
    }

    private init(_ event: TrackEvent, _ position: RecordingPosition?) {
        let sighting = Event.Sighting(
            frame: Event.FrameDetails(event.frame), track: event.track, box: Event.coordinates(event.box),
            score: event.score.roundedToFourDecimals, recording: position)
        switch event.change {
        case .appeared: self = .appeared(sighting)
        case .decided(let verdict):
            let finding = Event.Finding(verdict)
            self = finding.name == nil ? .unknown(sighting, finding) : .identified(sighting, finding)
        case .revised(let verdict, let former):
            self = .revised(
                sighting, Event.Finding(verdict), .init(from: .init(former), to: .init(verdict.identity)))
        case .lost(let end):
            self = .lost(
                sighting, end.verdict.map(Event.Finding.init),
                .init(durationMs: Event.milliseconds(end.duration), best: Event.View(end.best)))
        }
    }
}

extension Event.FrameDetails {
    init(_ frame: FrameReference) {
        self.init(
            number: frame.number, ptsMs: Event.milliseconds(frame.pts), width: frame.width, height: frame.height)
    }
}

extension Event.Finding {
    init(_ verdict: Verdict) {
        name = verdict.identity.name
        unknownID = verdict.identity.unknownID
        probability = verdict.match?.probability?.roundedToFourDecimals
        similarity = verdict.match?.similarity.roundedToFourDecimals
        margin = verdict.match?.margin?.roundedToFourDecimals
        samples = verdict.samples
    }
}

extension Event.Subject {
    package init(_ identity: Identity) { self.init(name: identity.name, unknownID: identity.unknownID) }
}

extension Event.View {
    /// `box` as a rectangle; an empty one if it does not have four numbers.
    package var boundingBox: BoundingBox {
        guard box.count == 4 else { return BoundingBox(x: 0, y: 0, width: 0, height: 0) }
        return BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3])
    }

    package init(_ sighting: FaceSighting) {
        self.init(
            frame: sighting.frame, ptsMs: Event.milliseconds(sighting.pts), box: Event.coordinates(sighting.box),
            quality: sighting.quality.roundedToFourDecimals)
    }
}

extension Event.FaceInFrame {
    init(_ shown: ShownFace) {
        self.init(
            track: shown.track, box: Event.coordinates(shown.face.box),
            score: shown.face.score.roundedToFourDecimals, name: shown.verdict?.identity.name,
            unknownID: shown.verdict?.identity.unknownID)
    }
}
