import Events

/// Who is before a camera: what is retained under `Topics.present`.
package struct PresentMessage: Encodable, Equatable {
    package struct Someone: Encodable, Equatable {
        var track: Int
        var name: String?
        var unknownID: String?
        var since: String?

        enum CodingKeys: String, CodingKey {
            case track, name, since
            case unknownID = "unknown_id"
        }
    }

    package var machine: String
    package var camera: String
    /// When this last changed, RFC 3339.
    package var time: String?
    package var isUp: Bool
    /// Why it is down.
    package var reason: String?
    /// People; a name or id that two tracks have counts once.
    package var count: Int
    /// Known people, sorted.
    package var names: [String]
    /// People who are not in the gallery.
    package var unknown: Int
    /// Faces about which there is no verdict yet.
    package var undecided: Int
    /// For people to read, at most 250 characters.
    package var summary: String
    package var present: [Someone]

    package enum CodingKeys: String, CodingKey {
        case machine, camera, time, reason, count, names, unknown, undecided, summary, present
        case isUp = "up"
    }

    /// Home Assistant's states end at 255.
    private static let summaryLimit = 250

    package init(_ camera: Presence.Camera, name: String, machine: String) {
        self.machine = machine
        self.camera = name
        time = camera.changed
        isUp = camera.isUp
        reason = camera.reason
        let people = camera.visitors.map(\.person)
        names = Set(people.compactMap(\.name)).sorted()
        unknown = Set(people.compactMap(\.unknownID)).count
        undecided = people.count { !$0.isDecided }
        count = names.count + unknown + undecided
        present = camera.visitors.map {
            Someone(track: $0.track, name: $0.person.name, unknownID: $0.person.unknownID, since: $0.since)
        }
        let parts = names + (unknown > 0 ? ["\(unknown) unknown"] : [])
        summary =
            parts.isEmpty ? (undecided > 0 ? "somebody" : "nobody") : Self.shortened(parts.joined(separator: ", "))
    }

    private static func shortened(_ text: String) -> String {
        guard text.count > summaryLimit else { return text }
        return text.prefix(summaryLimit - 1) + "…"
    }
}
