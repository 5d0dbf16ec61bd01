import Foundation
import VisageCore

/// Events in words, for people.
public enum EventDescription {
    /// One line: local time, camera, what happened.
    public static func line(_ event: Event, timeZone: TimeZone = .current) -> String {
        var parts = [time(event.time, timeZone)]
        if let camera = event.camera { parts.append(camera) }
        return parts.joined(separator: "  ") + "  " + text(event)
    }

    /// What happened.
    public static func text(_ event: Event) -> String {
        switch event.content {
        case .hello(let hello): greeting(hello)
        case .appeared(let sighting): "\(track(sighting)) appeared"
        case .identified(let sighting, let finding):
            "\(track(sighting)) is \(who(finding.subject))\(grounds(finding))"
        case .unknown(let sighting, let finding):
            "\(track(sighting)) is a stranger, \(finding.unknownID ?? "?")\(grounds(finding))"
        case .revised(let sighting, let finding, let revision):
            "\(track(sighting)) is \(who(revision.to)), not \(who(revision.from))\(grounds(finding))"
        case .lost(let sighting, let finding, let departure):
            track(sighting) + (finding.map { " (\(who($0.subject)))" } ?? "")
                + " left after \(fixed(Double(departure.durationMs) / 1000, 1)) s"
        case .sourceUp: "source is up"
        case .sourceDown(let down): outage(down)
        case .frame(let frame): faces(frame)
        case .stats(let stats): figures(stats)
        case .status(let status): status.cameras.map(camera).joined(separator: "; ")
        case .gap(let gap): "missed \(gap.dropped) events; --since \(gap.since) shows those that the log has"
        case .error(let failure): "error: \(failure.reason)"
        }
    }

    /// The time of day where the reader is, or the text as it came if it is no time.
    private static func time(_ text: String, _ zone: TimeZone) -> String {
        let wire = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? wire.parse(text) else { return text }
        let local = Date.ISO8601FormatStyle(
            dateTimeSeparator: .space, includingFractionalSeconds: true, timeZone: zone)
        return date.formatted(local.year().month().day().time(includingFractionalSeconds: true))
            .replacingOccurrences(of: "T", with: " ")
    }

    private static func greeting(_ hello: Event.Hello) -> String {
        let names = hello.cameras.isEmpty ? "no cameras" : "cameras " + hello.cameras.joined(separator: ", ")
        let faces = hello.tracks.isEmpty ? "nobody in sight" : hello.tracks.map(face).joined(separator: ", ")
        return "visaged \(hello.version), \(names), last event \(hello.newest), \(faces)"
    }

    /// A face that is being followed.
    public static func face(_ track: Event.LiveTrack) -> String {
        "\(track.camera) track \(track.track): \(who(Event.Subject(name: track.name, unknownID: track.unknownID)))"
    }

    /// A camera and how it does.
    private static func camera(_ camera: Event.Status.Camera) -> String {
        "\(camera.camera) " + (camera.isUp ? "is up, \(fixed(camera.fps, 1)) fps" : "is down: \(camera.reason ?? "?")")
    }

    private static func outage(_ down: Event.SourceDown) -> String {
        var text = "source is down: \(down.reason ?? "no reason given")"
        if let attempt = down.attempt { text += ", attempt \(attempt)" }
        if let wait = down.retryInMs { text += ", again in \(fixed(Double(wait) / 1000, 1)) s" }
        return text
    }

    private static func faces(_ frame: Event.FrameContent) -> String {
        let faces = frame.faces.map { face in
            let number = face.track.map { "track \($0)" } ?? "new"
            return face.name ?? face.unknownID ?? number
        }
        let list = faces.isEmpty ? "no faces" : faces.joined(separator: ", ")
        return "frame \(frame.frame.number): \(list)"
    }

    private static func figures(_ stats: Event.Stats) -> String {
        "\(fixed(stats.fps, 1)) fps, latency \(fixed(stats.latencyP50Ms, 1)) ms (p99 "
            + "\(fixed(stats.latencyP99Ms, 1)) ms), \(stats.skipped) frames skipped, \(stats.damaged) damaged, "
            + "\(stats.missed) missed, \(stats.unrecorded) not recorded, \(stats.queued) embeddings queued, "
            + "\(stats.eventsDropped) events dropped"
    }

    private static func track(_ sighting: Event.Sighting) -> String { "track \(sighting.track)" }

    private static func who(_ subject: Event.Subject) -> String {
        subject.name ?? subject.unknownID.map { "stranger \($0)" } ?? "nobody yet"
    }

    private static func grounds(_ finding: Event.Finding) -> String {
        let parts = [
            finding.similarity.map { "similarity \(fixed($0, 2))" },
            finding.probability.map { "probability \(fixed($0, 2))" },
        ].compactMap { $0 }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
