import Events
import VisageCore

/// The stories that a run's events tell, one a track.
struct Story {
    let track: Int
    let events: [Event]

    static func all(in events: [Event]) -> [Story] {
        let tracks = Dictionary(grouping: events.filter { $0.track != nil }) { $0.track ?? 0 }
        return tracks.keys.sorted().map { Story(track: $0, events: tracks[$0] ?? []) }
    }

    /// The last verdict.
    var name: String? { events.last?.name }
    var unknownID: String? { events.last?.unknownID }
    /// From first to last sight.
    var seen: ClosedRange<Int> {
        let start = events.first?.frame?.ptsMs ?? 0
        return start...max(start, start + (events.last?.durationMs ?? 0))
    }

    /// What is wrong with it; it should be: appeared, identified or unknown, perhaps revised, lost.
    var problem: String? {
        let types = events.map(\.type)
        guard types.count >= 3, types[0] == .appeared, [.identified, .unknown].contains(types[1]),
            types[2..<(types.count - 1)].allSatisfy({ $0 == .revised }), types.last == .lost
        else { return "track \(track): \(types.map(\.rawValue))" }
        if (types[1] == .identified) != (events[1].name != nil) { return "track \(track): \(events[1])" }
        var verdict = (events[1].name, events[1].unknownID)
        for event in events[2...] {
            if event.type == .revised {
                guard event.from?.name == verdict.0, event.from?.unknownID == verdict.1,
                    (event.to?.name, event.to?.unknownID) != verdict
                else { return "track \(track) was not \(String(describing: event.from))" }
                verdict = (event.to?.name, event.to?.unknownID)
            }
            guard (event.name, event.unknownID) == verdict else { return "track \(track) is not \(event)" }
        }
        let frames = events.compactMap { $0.frame?.number }
        return frames == frames.sorted() ? nil : "track \(track) goes back in time: \(frames)"
    }
}
