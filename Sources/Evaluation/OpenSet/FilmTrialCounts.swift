import VisageCore

/// Counts how the tracks of film trials were named.
package struct FilmTrialCounts {
    /// For each track of a stranger, who it is and whether it carried a name at any moment.
    package private(set) var strangers: [(person: String, isSo: Bool)] = []
    /// Tracks of enrolled people.
    package private(set) var probes = 0
    /// Tracks of enrolled people that had the right name in the end.
    package private(set) var right = 0
    /// For each of these, the seconds from the first sight of the person to the right name.
    package private(set) var waits: [Double] = []

    package init() {}

    /// What one track showed of one passage. A track that goes on with another person counts for each of them.
    private struct Sighting {
        let person: String
        /// Time at which the person was first seen in the passage, in seconds.
        let first: Double
        /// Time at which the track first had the right name.
        var named: Double?
        var isEverNamed = false
        /// Name in the last frame; nil if unknown or undecided.
        var name: String?
    }

    private struct Place: Hashable {
        let track: Int
        let passage: Int
    }

    /// Adds the tracks of a run.
    /// - Parameters:
    ///   - events: of the run, with the faces of every frame.
    ///   - enrolled: names of the people of the gallery.
    package mutating func add(_ events: [CameraEvent], of film: PassersBy, enrolled: Set<String>) {
        for sighting in Self.sightings(in: events, of: film) {
            if enrolled.contains(sighting.person) {
                probes += 1
                guard sighting.name == sighting.person else { continue }
                right += 1
                if let named = sighting.named { waits.append(named - sighting.first) }
            } else {
                strangers.append((sighting.person, sighting.isEverNamed))
            }
        }
    }

    package mutating func add(_ other: FilmTrialCounts) {
        strangers += other.strangers
        probes += other.probes
        right += other.right
        waits += other.waits
    }

    /// IoU from which a face of the run is the person's in the film: photos show other people's faces too.
    private static let minOverlap = 0.3

    private static func sightings(in events: [CameraEvent], of film: PassersBy) -> [Sighting] {
        /// For each passage, when its person was first seen, with a track or without.
        var begins: [Int: Double] = [:]
        var sightings: [Place: Sighting] = [:]
        for event in events {
            guard case .frame(let frame, let faces, _) = event.content else { continue }
            let now = frame.pts.inSeconds
            for person in film.people(in: frame.number) ?? [] {
                func overlap(_ shown: ShownFace) -> Double { shown.face.box.overlap(person.box) }
                guard let shown = faces.max(by: { overlap($0) < overlap($1) }),
                    overlap(shown) >= minOverlap
                else { continue }
                let begin = begins[person.stay, default: now]
                begins[person.stay] = begin
                guard let track = shown.track else { continue }
                let place = Place(track: track, passage: person.stay)
                var sighting = sightings[place] ?? Sighting(person: person.name, first: begin)
                sighting.name = shown.verdict?.identity.name
                if sighting.name != nil { sighting.isEverNamed = true }
                if sighting.name == sighting.person, sighting.named == nil { sighting.named = now }
                sightings[place] = sighting
            }
        }
        return Array(sightings.values)
    }
}
