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
        switch event.type {
        case .hello: hello(event)
        case .appeared: "\(track(event)) appeared"
        case .identified: "\(track(event)) is \(who(event.name, event.unknownID))\(grounds(event))"
        case .unknown: "\(track(event)) is a stranger, \(event.unknownID ?? "?")\(grounds(event))"
        case .revised:
            "\(track(event)) is \(who(event.to?.name, event.to?.unknownID)), "
                + "not \(who(event.from?.name, event.from?.unknownID))\(grounds(event))"
        case .lost: lost(event)
        case .sourceUp: "source is up" + (event.reason.map { ": \($0)" } ?? "")
        case .sourceDown: down(event)
        case .frame: frame(event)
        case .stats: stats(event)
        case .status: (event.status?.cameras ?? []).map(camera).joined(separator: "; ")
        case .gap: "missed \(event.dropped ?? 0) events; --since \(event.since ?? 0) shows those that the log has"
        case .error: "error: \(event.reason ?? "unknown")"
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

    private static func hello(_ event: Event) -> String {
        let cameras = event.cameras ?? []
        let tracks = event.tracks ?? []
        let names = cameras.isEmpty ? "no cameras" : "cameras " + cameras.joined(separator: ", ")
        let faces = tracks.isEmpty ? "nobody in sight" : tracks.map(face).joined(separator: ", ")
        return "visaged \(event.version ?? "?"), \(names), last event \(event.newest ?? 0), \(faces)"
    }

    /// A face that is being followed.
    public static func face(_ track: Event.LiveTrack) -> String {
        "\(track.camera) track \(track.track): \(who(track.name, track.unknownID))"
    }

    /// A camera and how it does.
    private static func camera(_ camera: Event.Status.Camera) -> String {
        "\(camera.camera) " + (camera.isUp ? "is up, \(fixed(camera.fps, 1)) fps" : "is down: \(camera.reason ?? "?")")
    }

    private static func lost(_ event: Event) -> String {
        let seconds = event.durationMs.map { " after \(fixed(Double($0) / 1000, 1)) s" } ?? ""
        let person =
            event.name == nil && event.unknownID == nil ? "" : " (\(who(event.name, event.unknownID)))"
        return "\(track(event))\(person) left\(seconds)"
    }

    private static func down(_ event: Event) -> String {
        var text = "source is down: \(event.reason ?? "no reason given")"
        if let attempt = event.attempt { text += ", attempt \(attempt)" }
        if let wait = event.retryInMs { text += ", again in \(fixed(Double(wait) / 1000, 1)) s" }
        return text
    }

    private static func frame(_ event: Event) -> String {
        let faces = (event.faces ?? []).map { face in
            let number = face.track.map { "track \($0)" } ?? "new"
            return face.name ?? face.unknownID ?? number
        }
        let list = faces.isEmpty ? "no faces" : faces.joined(separator: ", ")
        return "frame \(event.frame?.number ?? 0): \(list)"
    }

    private static func stats(_ event: Event) -> String {
        guard let stats = event.stats else { return "no figures" }
        return "\(fixed(stats.fps, 1)) fps, latency \(fixed(stats.latencyP50Ms, 1)) ms (p99 "
            + "\(fixed(stats.latencyP99Ms, 1)) ms), \(stats.skipped) frames skipped, \(stats.damaged) damaged, "
            + "\(stats.missed) missed, \(stats.unrecorded) not recorded, \(stats.queued) embeddings queued, "
            + "\(stats.eventsDropped) events dropped"
    }

    private static func track(_ event: Event) -> String { "track \(event.track ?? 0)" }

    private static func who(_ name: String?, _ unknownID: String?) -> String {
        name ?? unknownID.map { "stranger \($0)" } ?? "nobody yet"
    }

    private static func grounds(_ event: Event) -> String {
        let parts = [
            event.similarity.map { "similarity \(fixed($0, 2))" },
            event.probability.map { "probability \(fixed($0, 2))" },
        ].compactMap { $0 }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
